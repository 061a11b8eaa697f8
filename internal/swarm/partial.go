package swarm

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/shoal-project/shoal/internal/peer"
)

// partial is a piece that is being fetched: its blocks as they come in, and who gave them.
type partial struct {
	index int
	size  int64 // bytes of the piece

	// A block is put here by the read loop that received it; the first one counts.
	blocks []atomic.Pointer[peer.Block]
	from   []*Peer // who gave a block; written by the winner before it counts down
	left   atomic.Int32
	shared atomic.Bool // a block was asked of a second peer: others have to be told when it comes

	sums [][20]byte // SHA-1 of each block, where an earlier try was bad

	// Under the torrent's lock:
	asked   []uint8         // of how many peers a block is asked
	unasked int             // blocks that are neither here nor asked of anybody
	next    int             // no unasked block lies before this one
	last    *Peer           // who was asked last
	first   []*Peer         // whom a block was asked of first
	again   map[int][]*Peer // and after that
	stale   int             // seconds without a new block
	seen    int32           // left, a second ago
	only    *Peer           // the one, where single is set: after a bad piece, to know who lies
	single  bool            // one peer gives all of it: only, once somebody has picked it
	closed  atomic.Bool     // whole, or given up: what comes for it is too late
}

func newPartial(index int, size int64) *partial {
	n := int((size + peer.BlockSize - 1) / peer.BlockSize)
	p := &partial{
		index: index, size: size, unasked: n,
		blocks: make([]atomic.Pointer[peer.Block], n),
		from:   make([]*Peer, n),
		first:  make([]*Peer, n),
		asked:  make([]uint8, n),
	}
	p.left.Store(int32(n))
	return p
}

// request names block i.
func (p *partial) request(i int) peer.Request {
	begin := int64(i) * peer.BlockSize
	return peer.Request{
		Index: uint32(p.index), Begin: uint32(begin),
		Length: uint32(min(peer.BlockSize, p.size-begin)),
	}
}

// put takes block i from a peer; false means that it is here already. whole says that it was the last
// one missing.
func (p *partial) put(i int, b *peer.Block, from *Peer) (taken, whole bool) {
	if !p.blocks[i].CompareAndSwap(nil, b) {
		return false, false
	}
	p.from[i] = from
	return true, p.left.Add(-1) == 0
}

// here reports whether block i has come.
func (p *partial) here(i int) bool { return p.blocks[i].Load() != nil }

// take hands out the blocks of a whole piece.
func (p *partial) take() []*peer.Block {
	bs := make([]*peer.Block, len(p.blocks))
	for i := range p.blocks {
		bs[i] = p.blocks[i].Load()
	}
	return bs
}

// ask takes up to n blocks that nobody was asked for and appends them to dst.
func (p *partial) ask(by *Peer, n int, dst []ask) []ask {
	for i := p.next; i < len(p.asked) && n > 0 && p.unasked > 0; i++ {
		if p.asked[i] > 0 || p.here(i) {
			continue
		}
		p.asked[i] = 1
		p.first[i] = by
		p.unasked--
		p.next = i + 1
		n--
		dst = append(dst, ask{p, i})
	}
	p.last = by
	return dst
}

// askAgain takes up to n blocks that others were asked for but that have not come, those with the
// fewest askers first, and appends them to dst, which holds all that is asked of by already.
func (p *partial) askAgain(by *Peer, n int, limit uint8, dst []ask) []ask {
	room := n
	for i := 0; i < len(p.asked) && n > 0; i++ {
		if p.here(i) || p.asked[i] == 0 || p.asked[i] >= limit || slices.Contains(dst, ask{p, i}) {
			continue
		}
		if p.stale < 2 && p.first[i].needs(0) < by.needs(room-n+1)+by.pipe.trip {
			continue // it comes as soon from whom it was asked of
		}
		p.asked[i]++
		if p.again == nil {
			p.again = make(map[int][]*Peer)
		}
		p.again[i] = append(p.again[i], by)
		p.shared.Store(true)
		n--
		dst = append(dst, ask{p, i})
	}
	return dst
}

// giveBack says that a peer will not give block i after all. It reports whether the block is free
// to be asked of somebody else.
func (p *partial) giveBack(i int) bool {
	if p.closed.Load() || p.asked[i] == 0 {
		return false
	}
	p.asked[i]--
	if p.asked[i] > 0 || p.here(i) {
		return false
	}
	p.unasked++
	p.next = min(p.next, i)
	return true
}

// ask is one block asked of a peer.
type ask struct {
	part  *partial
	block int
}

// needs is how long the peer takes for what it is asked for and more blocks. The torrent's lock is held.
func (p *Peer) needs(more int) time.Duration {
	if p.gone || p.snubbed || p.chokesUs {
		return time.Hour
	}
	bytes := float64((int(p.waiting.Load()) + more) * blockSize)
	seconds := bytes / float64(max(p.rateDown.get(), 1))
	return time.Duration(min(seconds, 3600) * float64(time.Second))
}
