package swarm

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/shoal-project/shoal/internal/peer"
	"github.com/shoal-project/shoal/internal/webseed"
)

var errClosed = errors.New("the torrent has ended")

// webRun is what a web seed fetches in one go: blocks, in order. It is the sink of the fetch: bytes go straight into
// the memory that stays theirs.
type webRun struct {
	w       *webSeed
	blocks  []*webBlock // by place
	left    atomic.Int32
	got     atomic.Int64 // bytes received
	began   time.Time
	useless atomic.Bool // some of it came from others: look whether any is left
}

// webBlock is one block of a run. Where it crosses files, several goroutines fill it.
type webBlock struct {
	ask
	off, size int64 // in the piece space
	missing   atomic.Int64
	memory    atomic.Pointer[peer.Block]
	came      atomic.Bool
}

func newWebRun(w *webSeed, asks []ask) *webRun {
	slices.SortFunc(asks, func(a, b ask) int {
		return cmp.Or(cmp.Compare(a.part.index, b.part.index), cmp.Compare(a.block, b.block))
	})
	r := &webRun{w: w, began: time.Now(), blocks: make([]*webBlock, len(asks))}
	store := make([]webBlock, len(asks))
	for i, a := range asks {
		b := &store[i]
		b.ask, b.size = a, int64(a.part.request(a.block).Length)
		b.off = int64(a.part.index)*w.t.info.PieceLength + int64(a.block)*blockSize
		b.missing.Store(b.size)
		r.blocks[i] = b
	}
	r.left.Store(int32(len(asks)))
	return r
}

// spans are the blocks, neighbours joined.
func (r *webRun) spans() (out []webseed.Span) {
	for _, b := range r.blocks {
		if k := len(out) - 1; k >= 0 && out[k].Off+out[k].Len == b.off {
			out[k].Len += b.size
			continue
		}
		out = append(out, webseed.Span{Off: b.off, Len: b.size})
	}
	return out
}

// at finds the block that holds a byte.
func (r *webRun) at(off int64) *webBlock {
	i, found := slices.BinarySearchFunc(r.blocks, off, func(b *webBlock, off int64) int { return cmp.Compare(b.off, off) })
	if !found {
		i--
	}
	return r.blocks[i]
}

// Room gives the rest of the block that off lies in.
func (r *webRun) Room(off, most int64) []byte {
	b := r.at(off)
	m := b.memory.Load()
	if m == nil {
		var one [1]*peer.Block
		r.w.t.cfg.Memory.Blocks(one[:])
		if b.memory.CompareAndSwap(nil, one[0]) {
			m = one[0]
		} else {
			m = b.memory.Load()
			r.w.t.cfg.Memory.Recycle(one[:])
		}
	}
	from := off - b.off
	return m[from:min(b.size, from+most)]
}

// Came counts, hands whole blocks to their pieces, and waits where there is a limit.
func (r *webRun) Came(ctx context.Context, off int64, n int) error {
	r.got.Add(int64(n))
	if b := r.at(off); b.missing.Add(int64(-n)) == 0 {
		if err := r.deliver(b); err != nil {
			return err
		}
	}
	return r.slow(ctx, n)
}

// Passed counts bytes that could not be used.
func (r *webRun) Passed(ctx context.Context, n int) error {
	r.w.t.downBytes.Add(int64(n))
	r.w.t.wasted.Add(int64(n))
	r.w.peer.lastGot.Store(time.Now().UnixNano())
	return r.slow(ctx, n)
}

// slow waits for the limiters.
func (r *webRun) slow(ctx context.Context, n int) error {
	for _, l := range r.w.t.cfg.Down {
		if err := l.Wait(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// deliver hands a block to its piece.
func (r *webRun) deliver(b *webBlock) error {
	t, p := r.w.t, r.w.peer
	t.downBytes.Add(b.size)
	p.waiting.Store(r.left.Add(-1))
	p.lastGot.Store(time.Now().UnixNano())
	b.came.Store(true)
	taken, whole := false, false
	if !b.part.closed.Load() {
		taken, whole = b.part.put(b.block, b.memory.Load(), p)
	}
	if !taken {
		t.wasted.Add(b.size)
		p.waste.Add(b.size)
		t.cfg.Memory.Recycle([]*peer.Block{b.memory.Swap(nil)})
	} else {
		b.memory.Store(nil) // the piece's from now on
		p.down.Add(b.size)
		if b.part.shared.Load() {
			t.cancelOthers(b.part, b.block, p)
		}
	}
	if whole {
		t.whole(b.part)
	}
	switch {
	case t.ctx.Err() != nil:
		return errClosed
	case r.useless.Swap(false) && r.left.Load() > 0 && r.redundant():
		return errNothingLeft
	}
	return nil
}

// redundant reports whether all that is still to come is here already.
func (r *webRun) redundant() bool {
	for _, b := range r.blocks {
		if !b.came.Load() && !b.part.closed.Load() && !b.part.here(b.block) {
			return false
		}
	}
	return true
}

// recycle gives the memory of blocks back that did not come in full.
func (r *webRun) recycle() {
	var unused []*peer.Block
	for _, b := range r.blocks {
		if m := b.memory.Swap(nil); m != nil {
			unused = append(unused, m)
			lost := b.size - b.missing.Load()
			r.w.t.downBytes.Add(lost)
			r.w.t.wasted.Add(lost)
		}
	}
	r.w.t.cfg.Memory.Recycle(unused)
}

// got hears that somebody else gave a block that was asked of this one. The lock is held.
func (w *webSeed) got() {
	if w.run != nil {
		w.run.useless.Store(true)
	}
}
