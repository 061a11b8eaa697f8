package disk

import (
	"context"
	"slices"
	"sync/atomic"
	"time"
)

// progressEvery is the least time between two calls of a progress function.
const progressEvery = 100 * time.Millisecond

// Check finds out which pieces are on disk: those that the state vouches for are believed, others with data on disk are
// hashed, on all workers. It has to be called once, after Open. progress, if not nil, is called from the calling
// goroutine, about ten times a second and at the end, with bytes looked at and all bytes that are wanted.
//
// have is a bitmap, piece i being bit i%64 of word i/64; it is the caller's. A file under its final name whose content is
// wrong gives an *Error of the kind InTheWay, unless it may be overwritten or the storage is read-only.
func (s *Storage) Check(ctx context.Context, progress func(done, total int64)) (have []uint64, err error) {
	if progress == nil {
		progress = func(int64, int64) {}
	}
	c := &check{s: s, good: newBitmap(s.info.NumPieces()), ended: make(chan struct{})}
	if err := c.plan(ctx); err != nil {
		return nil, err
	}
	if err := c.run(ctx, progress); err != nil {
		return nil, err
	}
	progress(c.total, c.total)
	if err := c.settle(ctx); err != nil {
		return nil, s.explain(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.have), nil
}

// check is one run of Check.
type check struct {
	s     *Storage
	total int64
	done  atomic.Int64
	todo  []int32 // pieces to hash
	known bitmap  // pieces that the state vouches for

	// Guarded by Pool.mu.
	next   int // in todo
	flying int
	good   bitmap
	bad    []int32
	err    error
	ended  chan struct{}
}

// run hands the pieces to the workers of the pool and waits for them.
func (c *check) run(ctx context.Context, progress func(done, total int64)) error {
	if len(c.todo) == 0 {
		return ctx.Err()
	}
	c.s.pool.addCheck(c)
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case <-c.ended:
			return c.err
		case <-tick.C:
			progress(c.done.Load(), c.total)
		case <-ctx.Done():
			c.s.pool.stopCheck(c, ctx.Err())
			<-c.ended
			return c.err
		}
	}
}

// addCheck queues the pieces of a check.
func (p *Pool) addCheck(c *check) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.checks = append(p.checks, c)
	for range min(p.workers, len(c.todo)) {
		p.wakeWorker()
	}
}

// stopCheck hands out no more pieces of a check.
func (p *Pool) stopCheck(c *check, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
	c.next = len(c.todo)
	p.endCheck(c)
}

// nextCheck gives one or two pieces of the check whose turn it is. The lock is held.
func (p *Pool) nextCheck() (*check, []int32) {
	if len(p.checks) == 0 {
		return nil, nil
	}
	p.turn = (p.turn + 1) % len(p.checks)
	c := p.checks[p.turn]
	n := 1
	if c.next+1 < len(c.todo) && c.s.pairs(int(c.todo[c.next]), int(c.todo[c.next+1])) {
		n = 2
	}
	pieces := c.todo[c.next : c.next+n]
	c.next += n
	c.flying++
	if c.next == len(c.todo) {
		p.checks = slices.Delete(p.checks, p.turn, p.turn+1)
	}
	return c, pieces
}

// endCheck ends a check that has nothing left to do. The lock is held.
func (p *Pool) endCheck(c *check) {
	if c.next < len(c.todo) {
		return
	}
	p.checks = slices.DeleteFunc(p.checks, func(x *check) bool { return x == c })
	if c.flying == 0 && c.ended != nil {
		select {
		case <-c.ended:
		default:
			close(c.ended)
		}
	}
}

// result takes down what a worker found out about pieces.
func (c *check) result(pieces []int32, good [2]bool, err error) {
	for _, piece := range pieces {
		c.done.Add(c.s.stored(int(piece)))
	}
	p := c.s.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	c.flying--
	if err != nil {
		if c.err == nil {
			c.err = err
		}
		c.next = len(c.todo)
	}
	for i, piece := range pieces {
		switch {
		case err != nil:
		case good[i]:
			c.good.set(int(piece))
		default:
			c.bad = append(c.bad, piece)
		}
	}
	p.endCheck(c)
}

// stored is how many bytes of a piece belong to selected files.
func (s *Storage) stored(piece int) int64 {
	n := int64(0)
	for c := pieceCursor(s.info, piece); c.next(); {
		if c.file != nowhere && s.selected(c.file) {
			n += c.n
		}
	}
	return n
}
