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
	due     []promise       // when a block may be expected at the soonest
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
		due:    make([]promise, n),
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

// promise is who is likely to bring a block first, and when, in unix nanoseconds.
type promise struct {
	by *Peer
	at int64
}

// ask takes up to n blocks that nobody was asked for and appends them to dst.
func (p *partial) ask(by *Peer, n int, dst []ask) []ask {
	now := time.Now().UnixNano()
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
		p.due[i] = promise{by, now + int64(by.takes(len(dst)))}
	}
	p.last = by
	return dst
}

// askAgain asks by for block i too, which others were asked for; dst is what is asked of by already.
func (p *partial) askAgain(by *Peer, i int, dst []ask) []ask {
	p.asked[i]++
	if p.again == nil {
		p.again = make(map[int][]*Peer)
	}
	p.again[i] = append(p.again[i], by)
	p.shared.Store(true)
	dst = append(dst, ask{p, i})
	p.due[i] = promise{by, time.Now().UnixNano() + int64(by.takes(len(dst))+by.pipe.trip)}
	return dst
}

// overdue is a block that others were asked for, and how long it will take.
type overdue struct {
	ask
	left time.Duration
}

// overdue appends the blocks to late that others were asked for and that take longer than least, without those in asked.
func (p *partial) overdue(least time.Duration, now time.Time, asked []ask, late []overdue) []overdue {
	for i := range p.asked {
		if p.asked[i] == 0 || p.here(i) {
			continue
		}
		if left := p.due[i].left(now); left > least && !slices.Contains(asked, ask{p, i}) {
			late = append(late, overdue{ask{p, i}, left})
		}
	}
	return late
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

// takes is how long the peer takes for so many blocks, going by its rate while it was asked for something.
func (p *Peer) takes(blocks int) time.Duration {
	speed := p.speed.get()
	if speed == 0 && !p.firstAsk.IsZero() { // before the first tick
		speed = int64(float64(p.down.Load()) / max(time.Since(p.firstAsk), time.Millisecond).Seconds())
	}
	seconds := float64(blocks*blockSize) / float64(max(speed, untriedSpeed))
	return time.Duration(seconds * float64(time.Second))
}

// untriedSpeed is what is thought of a peer, in bytes a second, that has given nothing yet.
const untriedSpeed = blockSize

// left is how much longer the block will take. Who was silent for ten seconds is likely to be so for ten more. The
// torrent's lock is held.
func (d promise) left(now time.Time) time.Duration {
	p := d.by
	if p.gone || p.snubbed || p.chokesUs && !p.fast {
		return time.Hour
	}
	left := time.Duration(d.at - now.UnixNano())
	if p.waiting.Load() > 0 {
		left = max(left, now.Sub(time.Unix(0, p.lastGot.Load())))
	}
	return left
}
