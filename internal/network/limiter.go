package network

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// minBurst is the least that a limiter lets pass at once after a pause: one block, so that a slow
// limit does not cut blocks into crumbs.
const minBurst = 16 << 10

// Limiter is a token bucket in bytes a second that can be changed while it is used. Those who wait
// are served first come, first served, and nothing passes before its time: after a pause at most a
// tenth of a second's worth (and at least 16 KiB) goes at once. The zero value and a nil *Limiter
// are unlimited and cost one atomic load. It must not be copied after first use.
type Limiter struct {
	rate atomic.Int64 // bytes a second; 0 unlimited

	mu          sync.Mutex
	tokens      float64   // bytes that may pass now
	filled      time.Time // when tokens was last brought up to date
	first, last *waiter   // the queue; the first one takes all tokens that come in
}

// waiter is one call of Wait in the queue.
type waiter struct {
	need float64 // bytes that have yet to come in before it may go
	got  float64 // bytes taken so far, given back if it gives up
	turn chan struct{}
	next *waiter
}

// NewLimiter gives a limiter with the given rate; 0 and less are unlimited.
func NewLimiter(bytesPerSecond int64) *Limiter {
	l := new(Limiter)
	l.Set(bytesPerSecond)
	return l
}

// Rate is the limit in bytes a second, 0 where there is none.
func (l *Limiter) Rate() int64 {
	if l == nil {
		return 0
	}
	return l.rate.Load()
}

// Set changes the limit for those who wait already and for all who come later. 0 and less are
// unlimited and let everyone go.
func (l *Limiter) Set(bytesPerSecond int64) {
	bytesPerSecond = max(bytesPerSecond, 0)
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.rate.Load()
	l.refill(old)
	if old == 0 {
		l.tokens, l.filled = 0, time.Now()
	}
	l.rate.Store(bytesPerSecond)
	l.tokens = min(l.tokens, burst(bytesPerSecond))
	l.first.wake()
}

// Wait blocks until n bytes may pass or ctx is done, and then gives the cause of that. n may be
// larger than what passes at once. A call that gives up has used nothing of the limit.
func (l *Limiter) Wait(ctx context.Context, n int) error {
	if l == nil || l.rate.Load() == 0 || n <= 0 {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	w := l.join(float64(n))
	if w == nil {
		return nil
	}
	for {
		pause, done := l.advance(w)
		if done {
			return nil
		}
		if err := w.sleep(ctx, pause); err != nil {
			l.leave(w)
			return err
		}
	}
}

// join takes n bytes at once where nobody waits and they are there; otherwise it queues a waiter.
func (l *Limiter) join(n float64) *waiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refill(l.rate.Load())
	if l.first == nil && l.tokens >= n {
		l.tokens -= n
		return nil
	}
	w := &waiter{need: n, turn: make(chan struct{}, 1)}
	if l.first == nil {
		l.first = w
	} else {
		l.last.next = w
	}
	l.last = w
	return w
}

// advance gives the first in the queue what has come in. It reports that w may go, or how long to
// sleep before there is enough; a negative pause means until it is w's turn.
func (l *Limiter) advance(w *waiter) (pause time.Duration, done bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first != w {
		return -1, false
	}
	rate := l.rate.Load()
	l.refill(rate)
	if take := min(l.tokens, w.need); take > 0 {
		l.tokens -= take
		w.need -= take
		w.got += take
	}
	if rate == 0 || w.need <= 0 {
		l.remove(w)
		return 0, true
	}
	// At least a microsecond, so that rounding never makes a pause of nothing.
	seconds := w.need / float64(rate)
	if seconds > maxPause.Seconds() {
		return maxPause, false
	}
	return time.Duration(seconds*float64(time.Second)) + time.Microsecond, false
}

// maxPause keeps absurd waits (a gigabyte at one byte a second) within what a Duration holds.
const maxPause = time.Hour

// leave takes a waiter that gave up out of the queue and puts back what it had taken.
func (l *Limiter) leave(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rate := l.rate.Load()
	l.refill(rate)
	l.tokens = min(l.tokens+w.got, burst(rate))
	l.remove(w)
}

// remove unlinks w and wakes whoever is first now. The caller holds mu.
func (l *Limiter) remove(w *waiter) {
	if l.first == w {
		l.first = w.next
		if l.first == nil {
			l.last = nil
		}
		l.first.wake()
		return
	}
	for p := l.first; p != nil; p = p.next {
		if p.next == w {
			p.next = w.next
			if l.last == w {
				l.last = p
			}
			return
		}
	}
}

// refill adds what came in at rate since the last time, up to the burst beyond what the first in
// the queue still needs: time that passes while somebody waits is never lost to a late timer. The
// caller holds mu.
func (l *Limiter) refill(rate int64) {
	now := time.Now()
	passed := now.Sub(l.filled)
	l.filled = now
	if rate == 0 || passed <= 0 {
		return
	}
	room := burst(rate)
	if l.first != nil {
		room += l.first.need
	}
	l.tokens = min(l.tokens+passed.Seconds()*float64(rate), room)
}

// burst is what may pass at once after a pause, in bytes.
func burst(rate int64) float64 {
	return max(float64(rate)/10, minBurst)
}

// wake tells a waiter to look again.
func (w *waiter) wake() {
	if w == nil {
		return
	}
	select {
	case w.turn <- struct{}{}:
	default:
	}
}

// sleep blocks for the pause, until w is woken, or until ctx is done, which is its only error.
func (w *waiter) sleep(ctx context.Context, pause time.Duration) error {
	var timeout <-chan time.Time
	if pause >= 0 {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case <-w.turn:
	case <-timeout:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}
