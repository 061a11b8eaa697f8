package swarm

import (
	"math"
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
	extra   int      // offers of what is at others already, in this second
	next    int      // whom the next of those goes to
}

// offer is a piece that a peer was told of and that was not seen at anybody else since.
type offer struct {
	piece int
	given bool // the peer has it
}

const (
	minOffers = 2 // open at once for a peer: one that it fetches, one that it spreads
	maxOffers = 16
	maxExtra  = 64
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
		p.offerMore()
		if !p.weChoke.Load() {
			for _, o := range p.offers {
				idle = idle && o.given
			}
		}
	}
	if !idle {
		t.super.extra = 0
		return
	}
	// Nobody has to wait for peers that keep what they get, or that are slow to give it: more and more of what is at
	// others already is offered too.
	t.super.extra = min(max(1, 2*t.super.extra), maxExtra)
	for n := range t.super.extra {
		if len(t.peers) == 0 {
			return
		}
		if p := t.peers[(t.super.next+n)%len(t.peers)]; p.offerable() && len(p.offers) < 2*maxOffers {
			p.offer(t.rarestFor(p, math.MaxInt))
		}
	}
	t.super.next += t.super.extra
}

// offerable reports whether pieces can be offered to the peer. The lock is held.
func (p *Peer) offerable() bool {
	return p.t.super.on.Load() && p.has != nil && p.offered != nil && !p.wantsNothing()
}

// offerMore offers the peer as many pieces as it may have open, of those that nobody else has or is about to get. The
// lock is held.
func (p *Peer) offerMore() {
	if !p.offerable() {
		return
	}
	room := minOffers + int(min(2*p.rateUp.get()/p.t.info.PieceLength, maxOffers-minOffers))
	for len(p.offers) < room && p.offer(p.t.rarestFor(p, 0)) {
	}
}

// offer shows the peer a piece; false where there is none. The lock is held.
func (p *Peer) offer(i int) bool {
	if i < 0 {
		return false
	}
	p.t.super.offered[i]++
	p.offered.set(i)
	p.offers = append(p.offers, offer{piece: i})
	p.conn.Send(func(b []byte) []byte { return peer.AppendIndex(b, peer.Have, uint32(i)) })
	return true
}

// rarestFor is the piece that fewest peers have or are about to get, among those that p does not know of; -1 where each of
// them is at more than most.
func (t *Torrent) rarestFor(p *Peer, most int) int {
	best, least, seen := -1, most, 0
	for w := range p.has {
		for m := t.have.word(w) &^ p.has[w] &^ p.offered[w]; m != 0; m &= m - 1 {
			i := w*64 + bits.TrailingZeros64(m)
			switch n := int(t.picker.avail[i]) + int(t.super.offered[i]); {
			case n > least:
			case best < 0 || n < least:
				best, least, seen = i, n, 1
			default:
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
				p.offerMore()
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
