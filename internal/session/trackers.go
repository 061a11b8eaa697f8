package session

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/shoal-project/shoal/internal/network"
	"github.com/shoal-project/shoal/internal/network/mse"
	"github.com/shoal-project/shoal/internal/swarm"
	"github.com/shoal-project/shoal/internal/tracker"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// announce runs an announcer over some tiers. Those that the user typed may be anywhere.
func (c *sources) announce(ctx context.Context, t *Torrent, h metainfo.Hash, tiers [][]string, trusted bool) {
	if len(tiers) == 0 {
		return
	}
	policy := network.TrackerPolicy(trusted)
	four, six := t.s.trackerClients(policy)
	a := tracker.New(tracker.Config{
		InfoHash: h, PeerID: t.s.peerID, Port: t.s.outerPort(), Tiers: tiers,
		HTTP: four, HTTP6: six, Net: t.s.net.Dialer(policy), Gate: &t.s.gate, Crypto: t.s.trackerCrypto(), Stats: t.announceStats,
		UserAgent: "shoal/" + t.s.cfg.ClientVersion,
		Found:     func(a []netip.AddrPort) { t.swarm.AddPeers("tracker", a...) },
		External:  func(us netip.Addr) { t.s.onSeen(netip.Addr{}, us) }, // all trackers have one vote
		Log:       t.s.log,
	})
	c.announcers = append(c.announcers, a)
	c.work.Go(func() {
		if err := a.Run(ctx); err != nil && ctx.Err() == nil {
			t.s.log.Debug("announcing ended", "reason", err)
		}
	})
}

// setPort tells the trackers that peers reach us at another port.
func (c *sources) setPort(port uint16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.announcers {
		a.SetPort(port)
	}
}

// trackers are the tiers of the torrent, and those of the user.
func (t *Torrent) trackers() (own, users [][]string) {
	if t.opts.Metainfo != nil {
		own = t.opts.Metainfo.Trackers
	}
	if t.opts.Magnet != nil {
		for _, u := range t.opts.Magnet.Trackers {
			own = append(own, []string{u})
		}
	}
	return own, t.opts.Trackers
}

// complete reports whether all of the torrent is here, so that there is nothing to fetch from other seeds.
func (t *Torrent) complete() bool {
	s := t.swarm.Stats()
	return s.Info != nil && s.PiecesDone == s.Pieces
}

// announceStats are the numbers that trackers are told. Before the metadata is known, something is missing for sure.
func (t *Torrent) announceStats() tracker.Stats {
	s := t.swarm.Stats()
	st := tracker.Stats{Uploaded: s.Uploaded, Downloaded: s.Downloaded, Left: 1}
	if s.Info != nil {
		st.Left = s.Missing
		st.Partial = st.Left > 0 && s.State == swarm.Serving
	}
	return st
}

// trackerCrypto is what trackers are told of our connections.
func (s *Session) trackerCrypto() tracker.Crypto {
	switch s.cfg.Encryption {
	case mse.Off:
		return tracker.CryptoUnknown
	case mse.Required:
		return tracker.CryptoRequired
	}
	return tracker.CryptoSupported
}

// trackerClients are what HTTP trackers are asked with: once over each family, so that they learn both of our addresses
// (BEP 7). The second is nil where one is enough.
func (s *Session) trackerClients(policy network.Policy) (v4, v6 *http.Client) {
	if s.net.Proxied() || s.cfg.IPv4 != s.cfg.IPv6 {
		return s.net.HTTPClient(policy), nil
	}
	four, six := policy, policy
	four.Family, six.Family = network.IPv4, network.IPv6
	return s.net.HTTPClient(four), s.net.HTTPClient(six)
}
