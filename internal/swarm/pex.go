package swarm

import (
	"net/netip"
	"time"

	"github.com/shoal-project/shoal/internal/peer"
)

const (
	pexEvery = time.Minute      // BEP 11: no more than one message a minute
	pexLeast = 20 * time.Second // what comes more often is passed over
)

// exchange is what one peer was told of others, and when.
type exchange struct {
	told map[netip.AddrPort]bool
	next time.Time // when it is told again
	last time.Time // when it last told us
}

// pexAllowed reports whether peers may be exchanged: not in a private torrent (BEP 27), and not before it is known
// whether it is one. The lock is held.
func (t *Torrent) pexAllowed() bool {
	return !t.cfg.NoPEX && t.info != nil && !t.info.Private
}

// pexTick tells a peer who joined and left since it was told last. The lock is held.
func (p *Peer) pexTick(now time.Time) {
	t := p.t
	ext := p.ext.M["ut_pex"]
	if ext <= 0 || ext > 255 || now.Before(p.pex.next) || !t.pexAllowed() {
		return
	}
	var m peer.PEX
	there := make(map[netip.AddrPort]bool, len(t.peers))
	for _, q := range t.peers {
		if q == p || !q.listens.IsValid() || len(there) >= peer.MaxPEX {
			continue
		}
		there[q.listens] = true
		if !p.pex.told[q.listens] {
			m.Added, m.Flags = append(m.Added, q.listens), append(m.Flags, q.pexFlags())
		}
	}
	for a := range p.pex.told {
		if !there[a] && len(m.Dropped) < peer.MaxPEX {
			m.Dropped = append(m.Dropped, a)
		}
	}
	p.pex.told = there
	if len(m.Added) == 0 && len(m.Dropped) == 0 {
		return // the first who comes is told of at once
	}
	p.pex.next = now.Add(pexEvery)
	payload, err := m.Encode()
	if err != nil {
		t.log.Debug("peer exchange not sent", "reason", err)
		return
	}
	p.conn.Send(func(b []byte) []byte { return peer.AppendExtended(b, byte(ext), payload) })
}

// pexFlags is what others are told of the peer. The lock is held.
func (p *Peer) pexFlags() (flags byte) {
	if p.wantsNothing() {
		flags |= peer.PEXSeed
	}
	if p.utp {
		flags |= peer.PEXUTP
	}
	if p.punches() > 0 {
		flags |= peer.PEXHolepunch
	}
	if !p.incoming {
		flags |= peer.PEXReachable
	}
	return flags
}

// onPEX takes addresses that a peer tells.
func (p *Peer) onPEX(payload []byte) error {
	t := p.t
	now := time.Now()
	t.mu.Lock()
	allowed := t.pexAllowed() && now.Sub(p.pex.last) >= pexLeast
	if allowed {
		p.pex.last = now
	}
	t.mu.Unlock()
	if !allowed {
		return nil
	}
	m, err := peer.ParsePEX(payload)
	if err != nil {
		return err
	}
	t.AddPeers("pex", m.Added...)
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, a := range m.Added {
		t.candidates.exchanged(a, p.addr, m.Flags[i])
	}
	return nil
}
