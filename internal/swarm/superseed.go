package swarm

import (
	"math/bits"
	"sync/atomic"

	"github.com/shoal-project/shoal/internal/peer"
)

// superSeed is how the first seed of a torrent sends little more than one copy of it (BEP 16): it shows itself as a
// peer without pieces and offers each peer a few, those that are rarest, and the next ones when it has seen the
// earlier ones at others. With another seed in sight it ends.
type superSeed struct {
	on      atomic.Bool
	offered []uint16 // by piece: to how many peers it was offered that do not have it yet
}

// offer is a piece that a peer was told of and that was not seen at anybody else since.
type offer struct {
	piece int
	given bool // the peer has it
}

const (
	minOffers = 2 // open at once for a peer: one that it fetches, one that it spreads
	maxOffers = 16
)

// startSuper begins to seed that way. The lock is held, nobody is connected that was told otherwise.
func (t *Torrent) startSuper() {
	t.super.offered = make([]uint16, t.info.NumPieces())
	t.super.on.Store(true)
}

// endSuper shows what we have. The lock is held.
func (t *Torrent) endSuper() {
	t.super.on.Store(false)
	for _, p := range t.peers {
		p.offers = nil
		p.tellHave()
	}
}

// superTick offers pieces to those who have come to an end with theirs. The lock is held.
func (t *Torrent) superTick() {
	if !t.super.on.Load() {
		return
	}
	idle := true // nobody has anything to fetch from us
	for _, p := range t.peers {
		if p.isSeed() {
			t.endSuper()
			return
		}
		if !p.weChoke.Load() {
			for _, o := range p.offers {
				idle = idle && o.given
			}
		}
	}
	for _, p := range t.peers {
		p.offerMore(idle)
	}
}

// offerMore offers the peer as many pieces as it may have open; one more where we would be idle otherwise, since
// nobody has to wait for a peer that keeps what it gets. The lock is held.
func (p *Peer) offerMore(idle bool) {
	t := p.t
	if !t.super.on.Load() || p.has == nil || p.offered == nil || p.wantsNothing() {
		return
	}
	room := minOffers + int(min(2*p.rateUp.get()/t.info.PieceLength, maxOffers-minOffers))
	room -= len(p.offers)
	if idle {
		room = max(room, 1)
	}
	for ; room > 0 && len(p.offers) < 2*maxOffers; room-- {
		i := t.rarestFor(p)
		if i < 0 {
			return
		}
		t.super.offered[i]++
		p.offered.set(i)
		p.offers = append(p.offers, offer{piece: i})
		p.conn.Send(func(b []byte) []byte { return peer.AppendIndex(b, peer.Have, uint32(i)) })
	}
}

// rarestFor is the piece that fewest peers have or are about to get, among those that p does not know of; -1 is none.
func (t *Torrent) rarestFor(p *Peer) int {
	best, least, seen := -1, 0, 0
	for w := range p.has {
		for m := t.have.word(w) &^ p.has[w] &^ p.offered[w]; m != 0; m &= m - 1 {
			i := w*64 + bits.TrailingZeros64(m)
			switch n := int(t.picker.avail[i]) + int(t.super.offered[i]); {
			case best < 0 || n < least:
				best, least, seen = i, n, 1
			case n == least:
				if seen++; t.cfg.Rand.IntN(seen) == 0 {
					best = i
				}
			}
		}
	}
	return best
}

// shown takes into account that a peer has a piece: if we offered it, it has been given; and whoever else had it
// from us has spread it. The lock is held.
func (t *Torrent) shown(by *Peer, piece int) {
	if !t.super.on.Load() {
		return
	}
	leechers := len(t.peers) - t.picker.seeds
	for _, p := range t.peers {
		for k, o := range p.offers {
			if o.piece != piece {
				continue
			}
			if p == by && !o.given {
				p.offers[k].given = true
				t.super.offered[piece]--
			}
			// Where others have it already, or nobody is left to give it to, it counts as spread.
			if p.offers[k].given && (p != by || int(t.picker.avail[piece]) >= min(2, leechers)) {
				p.offers = append(p.offers[:k], p.offers[k+1:]...)
				p.offerMore(false)
			}
			break
		}
	}
}

// withdraw forgets the offers of a peer that leaves. The lock is held.
func (p *Peer) withdraw() {
	for _, o := range p.offers {
		if !o.given {
			p.t.super.offered[o.piece]--
		}
	}
	p.offers = nil
}

// mayTake reports whether the peer was shown a piece.
func (p *Peer) mayTake(piece int) bool {
	if !p.t.super.on.Load() {
		return true
	}
	p.t.mu.Lock()
	defer p.t.mu.Unlock()
	return p.offered != nil && p.offered.has(piece)
}
