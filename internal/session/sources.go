package session

import (
	"context"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shoal-project/shoal/internal/dht"
	"github.com/shoal-project/shoal/internal/network"
	"github.com/shoal-project/shoal/internal/network/mse"
	"github.com/shoal-project/shoal/internal/swarm"
	"github.com/shoal-project/shoal/internal/tracker"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// sources are where the peers of one torrent come from: its trackers, the DHT, the local network, and
// what was given.
type sources struct {
	mu         sync.Mutex
	started    bool
	stopped    bool
	announcers []*tracker.Announcer
	byDHT      atomic.Int64       // addresses that the DHT gave
	public     context.CancelFunc // ends the part of the DHT and of the local network
	all        context.CancelFunc
	work       sync.WaitGroup
	bye        sync.Once
	byes       sync.WaitGroup
}

// start begins to look for peers; later calls do nothing.
func (c *sources) start(t *Torrent) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.started || c.stopped {
		return
	}
	c.started = true
	ctx, all := context.WithCancel(t.ctx)
	pub, public := context.WithCancel(ctx)
	c.all, c.public = all, public
	t.s.parseAddrs(ctx, t.givenPeers(), t.AddPeers)
	if !t.s.cfg.NoTrackers {
		own, users := t.trackers()
		for _, h := range t.names() {
			c.announce(ctx, t, h, own, false)
			c.announce(ctx, t, h, users, true)
		}
	}
	if info := t.swarm.Info(); info != nil && info.Private {
		return
	}
	c.searchDHT(pub, t)
	c.searchNearby(pub, t)
}

// searchDHT looks for peers in the DHT and announces the torrent there.
func (c *sources) searchDHT(ctx context.Context, t *Torrent) {
	if t.s.dht == nil {
		return
	}
	for _, n := range t.givenNodes() {
		if a, err := netip.ParseAddrPort(n); err == nil {
			t.s.dht.Add(a)
		}
	}
	for _, h := range t.names() {
		c.work.Go(func() {
			err := t.s.dht.Run(ctx, dht.Search{
				Infohash: h, Port: t.s.outerPort, Seed: t.complete,
				Found: func(a []netip.AddrPort) {
					c.byDHT.Add(int64(len(a)))
					t.swarm.AddPeers("dht", a...)
				},
			})
			if err != nil && ctx.Err() == nil {
				t.s.log.Debug("DHT search ended", "reason", err)
			}
		})
	}
}

// searchNearby looks for peers in the local network and announces the torrent there (BEP 14).
func (c *sources) searchNearby(ctx context.Context, t *Torrent) {
	if t.s.lsd == nil {
		return
	}
	for _, h := range t.names() {
		c.work.Go(func() {
			err := t.s.lsd.Run(ctx, h, t.s.Port(), func(a []netip.AddrPort) { t.swarm.AddPeers("lsd", a...) })
			if err != nil && ctx.Err() == nil {
				t.s.log.Debug("local search ended", "reason", err)
			}
		})
	}
}

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

// stopPublic ends what a private torrent may not use (BEP 27).
func (c *sources) stopPublic() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.public != nil {
		c.public()
	}
}

// setPort tells the trackers that peers reach us at another port.
func (c *sources) setPort(port uint16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.announcers {
		a.SetPort(port)
	}
}

// completed tells the trackers that the download is.
func (c *sources) completed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.announcers {
		a.Completed()
	}
}

// farewell begins to say goodbye to the trackers.
func (c *sources) farewell(limit time.Duration) {
	c.bye.Do(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.stopped = true
		if c.all != nil {
			c.all()
		}
		for _, a := range c.announcers {
			c.byes.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), limit)
				defer cancel()
				a.Stop(ctx)
			})
		}
	})
}

// stop ends all search and waits for the goodbyes.
func (c *sources) stop(limit time.Duration) {
	c.farewell(limit)
	c.work.Wait()
	c.byes.Wait()
}

// status is the state of every tracker.
func (c *sources) status() []tracker.Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []tracker.Status
	for _, a := range c.announcers {
		all = append(all, a.Status()...)
	}
	return all
}

// counts are the greatest numbers of seeds and leechers that a tracker has told; -1 where none has.
func counts(all []tracker.Status) (seeds, leechers int) {
	seeds, leechers = -1, -1
	for _, s := range all {
		seeds, leechers = max(seeds, s.Seeders), max(leechers, s.Leechers)
	}
	return seeds, leechers
}

// givenPeers are the addresses that came with the torrent.
func (t *Torrent) givenPeers() []string {
	if t.opts.Magnet != nil {
		return append(append([]string(nil), t.opts.Peers...), t.opts.Magnet.Peers...)
	}
	return t.opts.Peers
}

func (t *Torrent) givenNodes() []string {
	if t.opts.Metainfo != nil {
		return append(append([]string(nil), t.opts.Nodes...), t.opts.Metainfo.Nodes...)
	}
	return t.opts.Nodes
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
