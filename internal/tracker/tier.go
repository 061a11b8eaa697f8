package tracker

import (
	"context"
	"sync"
	"time"
)

// While no tracker of a tier is known to work, the next one is tried beside those that have not answered
// yet: after firstStagger, then each time after half as long, but not less than leastStagger. So a tier of
// many dead trackers and a live one finds that soon, and one whose first tracker answers asks no other.
const (
	firstStagger = 3 * time.Second
	leastStagger = 500 * time.Millisecond
)

// tier is a set of trackers of which one is enough (BEP 12). Its owner is the goroutine in run.
type tier struct {
	a         *Announcer
	endpoints []*endpoint // guarded by Announcer.mu; the one that answered last is at the front
	answered  bool        // the front is in use; guarded by Announcer.mu
	more      bool        // an early announce is wanted; guarded by Announcer.mu
	wake      chan struct{}
}

// poke makes run look at the time again.
func (t *tier) poke() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// usable reports whether there is anything to announce to.
func (t *tier) usable() bool {
	t.a.mu.Lock()
	defer t.a.mu.Unlock()
	for _, e := range t.endpoints {
		if !e.never {
			return true
		}
	}
	return false
}

// run announces to the tier until ctx is done.
func (t *tier) run(ctx context.Context) {
	r := &race{t: t, ctx: ctx, answers: make(chan result), stagger: firstStagger}
	r.open, r.cancel = context.WithCancel(ctx)
	defer r.end()
	for ctx.Err() == nil {
		if pause, ok := r.step(); ok {
			r.wait(pause)
		}
	}
}

// race is what a tier's owner knows of the announces under way.
type race struct {
	t       *tier
	ctx     context.Context // of the tier's run
	open    context.Context // of the announces; ends when one is answered
	cancel  context.CancelFunc
	answers chan result
	running int
	last    time.Time     // when the last one began
	stagger time.Duration // from then to the next, if none is answered
	scrapes sync.WaitGroup
}

// result is how one announce ended.
type result struct {
	from *endpoint
	good bool
}

// step begins an announce if one is due. Otherwise it gives the time until then, or -1 if there is
// nothing to begin before anything else happens.
func (r *race) step() (pause time.Duration, ok bool) {
	now := time.Now()
	r.t.a.mu.Lock()
	e, when := r.t.next(now)
	if e == nil {
		r.t.a.mu.Unlock()
		return -1, true
	}
	if staggered := r.last.Add(r.stagger); r.running > 0 && staggered.After(when) {
		when = staggered
	}
	if pause := when.Sub(now); pause > 0 {
		r.t.a.mu.Unlock()
		return pause, true
	}
	e.status.Announcing = true
	r.t.more = false
	r.t.a.mu.Unlock()

	if r.running > 0 {
		r.stagger = max(r.stagger/2, leastStagger)
	} else {
		r.stagger = firstStagger
	}
	r.last = now
	r.running++
	open := r.open
	go func() { r.answers <- result{e, e.announce(open)} }()
	return 0, false
}

// wait sleeps until the pause is over, if there is one, or anything else happens.
func (r *race) wait(pause time.Duration) {
	var over <-chan time.Time
	if pause >= 0 {
		timer := time.NewTimer(pause)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case a := <-r.answers:
		r.running--
		r.file(a)
	case <-over:
	case <-r.t.wake:
	case <-r.ctx.Done():
	}
}

// file takes note of an announce that ended. Once one is answered, the others have become needless.
func (r *race) file(a result) {
	if !a.good {
		r.t.lose(a.from)
		r.last = time.Time{} // the next one need not wait
		return
	}
	r.t.use(a.from)
	r.cancel()
	r.open, r.cancel = context.WithCancel(r.ctx)
	if a.from.wantsCounts() {
		r.scrapes.Go(func() {
			a.from.census(r.ctx) //nolint:errcheck // logged there, and of no consequence
		})
	}
}

// end waits for everything that was begun.
func (r *race) end() {
	r.cancel()
	for ; r.running > 0; r.running-- {
		<-r.answers
	}
	r.scrapes.Wait()
}

// next is who is asked next, and when: the one in use, or else the first of those that may be asked
// soonest. It is nil if nobody is to be asked before an announce under way has ended. The caller holds mu.
func (t *tier) next(now time.Time) (first *endpoint, when time.Time) {
	for i, e := range t.endpoints {
		at, ok := t.nextAt(i)
		if !ok {
			continue
		}
		if at.Before(now) {
			at = now
		}
		if first == nil || at.Before(when) {
			first, when = e, at
		}
	}
	return first, when
}

// nextAt is when the tracker at index i is due; ok is false where it is not waited for. While the
// front is in use the others rest. The caller holds mu.
func (t *tier) nextAt(i int) (when time.Time, ok bool) {
	e := t.endpoints[i]
	switch {
	case e.never || e.status.Announcing || t.answered && i > 0:
		return time.Time{}, false
	case !t.answered:
		return e.earliest(), true
	case t.a.done && !e.knowsDone && !e.completed: // an event, which no interval holds up
		return time.Time{}, true
	case t.more || e.knowsDone != t.a.done || e.knowsPort != t.a.port:
		return e.status.Last.Add(e.minimum), true
	}
	return e.status.Last.Add(e.interval), true
}

// nextOf is nextAt for people: zero where nothing is waited for. The caller holds mu.
func (t *tier) nextOf(i int) time.Time {
	when, _ := t.nextAt(i)
	return when
}

// earliest is the first moment at which the tracker may be asked: after a failure not before its
// pause is over, after an answer not before its minimum interval is. The caller holds mu.
func (e *endpoint) earliest() time.Time {
	if e.failures > 0 || e.status.Last.IsZero() {
		return e.retry
	}
	return e.status.Last.Add(e.minimum)
}

// lose gives the others of the tier their turn if it was the one in use that did not answer.
func (t *tier) lose(e *endpoint) {
	t.a.mu.Lock()
	defer t.a.mu.Unlock()
	if t.endpoints[0] == e {
		t.answered = false
	}
}

// use moves a tracker that answered to the front.
func (t *tier) use(e *endpoint) {
	t.a.mu.Lock()
	defer t.a.mu.Unlock()
	at := 0
	for i := range t.endpoints {
		if t.endpoints[i] == e {
			at = i
		}
	}
	copy(t.endpoints[1:at+1], t.endpoints[:at])
	t.endpoints[0] = e
	t.answered = true
}
