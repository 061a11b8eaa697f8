package swarm

import (
	"net/netip"
	"slices"
	"time"

	"github.com/shoal-project/shoal/internal/peer"
)

// Hole punching (BEP 55): two peers that cannot be reached from outside connect to each other at the same moment, each
// opening its router for the other. A peer that both are connected to tells them when.

const (
	maxRelays = 4           // peers that are remembered to have told of an address
	punchWait = time.Minute // before the same address is tried again
	maxPunch  = 10          // messages a peer may have us act on in ten seconds
)

// punch asks a peer that told of an address to bring us together with it, after a dial failed. The lock is held.
func (t *Torrent) punch(c *candidate, now time.Time) {
	if t.cfg.Punch == nil || !t.pexAllowed() || now.Sub(c.punched) < punchWait {
		return
	}
	for _, p := range t.peers {
		if p.punches() > 0 && slices.Contains(c.relays, p.addr) {
			c.punched = now
			p.sendPunch(peer.Holepunch{Type: peer.PunchRendezvous, Addr: c.addr})
			return
		}
	}
}

// punches is the number that the peer gave the extension, 0 if it has none.
func (p *Peer) punches() byte {
	if ext := p.ext.M["ut_holepunch"]; ext > 0 && ext < 256 {
		return byte(ext)
	}
	return 0
}

func (p *Peer) sendPunch(m peer.Holepunch) {
	ext := p.punches()
	p.conn.Send(func(b []byte) []byte { return peer.AppendExtended(b, ext, m.Encode()) })
}

// onHolepunch acts on a message of the extension, in so far as it does not come too often.
func (p *Peer) onHolepunch(m peer.Holepunch) {
	t := p.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if p.punches() == 0 || !t.pexAllowed() {
		return
	}
	if p.punched++; p.punched > maxPunch {
		return
	}
	switch m.Type {
	case peer.PunchRendezvous:
		if code := t.relay(p, m.Addr); code != 0 {
			p.sendPunch(peer.Holepunch{Type: peer.PunchError, Addr: m.Addr, Code: code})
		}
	case peer.PunchConnect:
		t.punchThrough(m.Addr)
	case peer.PunchError:
		t.log.Debug("hole not punched", "addr", m.Addr, "relay", p.addr, "code", m.Code)
	}
}

// relay brings a peer together with another one. The lock is held.
func (t *Torrent) relay(from *Peer, addr netip.AddrPort) peer.PunchCode {
	if !addr.IsValid() || addr.Port() == 0 || addr.Addr().IsUnspecified() {
		return peer.PunchNoSuchPeer
	}
	if t.cfg.External != nil && addr == t.cfg.External(addr.Addr()) {
		return peer.PunchNoSelf
	}
	for _, q := range t.peers {
		switch {
		case q == from || q.addr != addr && q.listens != addr:
		case q.punches() == 0:
			return peer.PunchNoSupport
		default:
			q.sendPunch(peer.Holepunch{Type: peer.PunchConnect, Addr: from.datagrams()})
			from.sendPunch(peer.Holepunch{Type: peer.PunchConnect, Addr: addr})
			return 0
		}
	}
	return peer.PunchNotConnected
}

// datagrams is where the peer's UDP socket seems to be: the other end of a uTP connection, and else the port that it
// listens on.
func (p *Peer) datagrams() netip.AddrPort {
	if p.utp {
		return p.addr
	}
	return p.endpoint()
}

// punchThrough connects to a peer that does the same at this moment. The lock is held.
func (t *Torrent) punchThrough(addr netip.AddrPort) {
	if t.cfg.Punch == nil || t.closed || !t.wantsPeers() || t.dialing >= maxDialing || len(t.peers)+t.dialing >= t.cfg.MaxPeers {
		return
	}
	t.candidates.add(addr, "holepunch")
	c := t.candidates.byKey[netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())]
	if c == nil || c.busy {
		return
	}
	c.busy = true
	t.dialing++
	t.conn.Add(1)
	go t.dial(c, t.cfg.Punch)
}
