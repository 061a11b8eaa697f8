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

// Window lets pieces before limit be fetched, of a sequential torrent.
func (t *Torrent) Window(limit int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.picker == nil {
		t.firstLimit = limit
		return
	}
	t.picker.limit = limit
	t.feedStarving()
}

// Lost hears that a piece cannot be given to others any more.
func (t *Torrent) Lost(piece int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lost(piece)
}

// lost reports whether a piece that is lost could be given to others before. The lock is held.
func (t *Torrent) lost(i int) bool {
	first := t.have.has(i)
	t.have.clear(i)
	if !first {
		return false
	}
	t.tellDontHave(i)
	for _, p := range t.peers {
		p.conn.DropUploads(uint32(i))
	}
	return true
}

// follows reports whether a peer may be told of a piece: where pieces are given up again, only if it understands that.
// The lock is held.
func (p *Peer) follows() bool {
	return !p.t.cfg.Fleeting || p.ext.M["lt_donthave"] > 0
}

// tellDontHave tells the peers that we have lost a piece, as far as they understand it. The lock is held.
func (t *Torrent) tellDontHave(i int) {
	for _, p := range t.peers {
		if ext := p.ext.M["lt_donthave"]; ext > 0 && ext < 256 {
			p.conn.Send(func(b []byte) []byte { return peer.AppendDontHave(b, byte(ext), uint32(i)) })
		}
	}
}
