package swarm

import "github.com/shoal-project/shoal/internal/peer"

// onDontHave hears that a peer has lost a piece (BEP 54).
func (p *Peer) onDontHave(index uint32) error {
	t := p.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.validatePiece(index); err != nil {
		return err
	}
	i := int(index)
	if p.has == nil || !p.has.has(i) {
		return nil
	}
	if p.counted { // from now on it is counted piece by piece
		t.picker.count(p.has, true, -1)
		p.counted = false
		t.picker.count(p.has, false, 1)
	}
	p.has.clear(i)
	p.hasCount--
	t.picker.lost(i)
	if t.want.has(i) && !t.verified.has(i) {
		p.wants--
		p.showInterest()
	}
	return nil
}

// tellDontHave tells the peers that we have lost a piece, as far as they understand it. The lock is held.
func (t *Torrent) tellDontHave(i int) {
	for _, p := range t.peers {
		if ext := p.ext.M["lt_donthave"]; ext > 0 && ext < 256 {
			p.conn.Send(func(b []byte) []byte { return peer.AppendDontHave(b, byte(ext), uint32(i)) })
		}
	}
}
