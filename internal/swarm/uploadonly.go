package swarm

import "github.com/shoal-project/shoal/internal/peer"

// onlyUploads reports whether all that is wanted is here: a seed, or a partial one (BEP 21). A torrent that seeds by
// one piece at a time does not show it.
func (t *Torrent) onlyUploads() bool {
	return State(t.state.Load()) == Serving && !t.super.on.Load()
}

// tellUploadOnly tells all peers that nothing is wanted of them any more (BEP 21). The lock is held.
func (t *Torrent) tellUploadOnly() {
	for _, p := range t.peers {
		switch ext := p.ext.M["upload_only"]; {
		case !p.hasExt:
		case ext > 0 && ext < 256:
			p.conn.Send(func(b []byte) []byte { return peer.AppendExtended(b, byte(ext), []byte{1}) })
		default: // what it knows is the handshake, which may come again
			p.conn.Send(p.appendExtendedHandshake)
		}
	}
}

// onUploadOnly hears that a peer wants nothing any more, or something after all.
func (p *Peer) onUploadOnly(on bool) {
	p.t.mu.Lock()
	defer p.t.mu.Unlock()
	p.uploadOnly = on
	p.showInterest()
}

// wantsNothing reports whether a peer will never ask for anything. The lock is held.
func (p *Peer) wantsNothing() bool { return p.uploadOnly || p.isSeed() }
