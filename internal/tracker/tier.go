package tracker

import (
	"context"
	"sync"
	"time"
)

// stagger is how long a tracker may take before the next one of its tier is tried beside it, while
// none of them is known to work.
const stagger = 5 * time.Second

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

// run announces to the tier, round after round, until ctx is done.
func (t *tier) run(ctx context.Context) {
	for ctx.Err() == nil {
		due, ok := t.due()
		if !ok { // every tracker asked never to be asked again
			<-ctx.Done()
			return
		}
		if pause := time.Until(due); pause > 0 {
			timer := time.NewTimer(pause)
			select {
			case <-timer.C:
			case <-t.wake:
			case <-ctx.Done():
			}
			timer.Stop()
			continue
		}
		t.round(ctx)
	}
}

// due is when the next round begins.
func (t *tier) due() (when time.Time, ok bool) {
	t.a.mu.Lock()
	defer t.a.mu.Unlock()
	for i := range t.endpoints {
		next, yes := t.nextAt(i)
		if yes && (!ok || next.Before(when)) {
			when, ok = next, true
		}
	}
	return when, ok
}

// nextAt is when the tracker at index i is due; ok is false where it is not waited for. While the
// front is in use the others rest. The caller holds mu.
func (t *tier) nextAt(i int) (when time.Time, ok bool) {
	e := t.endpoints[i]
	if e.never || t.answered && i > 0 {
		return time.Time{}, false
	}
	if !t.answered {
		return e.earliest(), true
	}
	if t.a.done && !e.told {
		return time.Time{}, true
	}
	if t.more {
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

// round asks the trackers that may be asked, in order, until one answers, and moves that to the
// front. If one in use does not answer, the others get their turn at once.
func (t *tier) round(ctx context.Context) {
	ready, wait := t.ready()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var work sync.WaitGroup
	defer work.Wait()

	answers := make(chan *endpoint, len(ready)) // nil for one that did not answer
	ask := func(e *endpoint) {
		if !e.announce(ctx) {
			e = nil
		}
		answers <- e
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for running := 0; len(ready) > 0 || running > 0; {
		var next <-chan time.Time
		if len(ready) > 0 {
			e := ready[0]
			ready = ready[1:]
			running++
			work.Go(func() { ask(e) })
			timer.Reset(wait)
			next = timer.C
		}
		select {
		case e := <-answers:
			running--
			if e != nil {
				t.use(e)
				cancel()
				return
			}
			wait = stagger
		case <-next:
		case <-ctx.Done():
			return
		}
	}
}

// ready lists who may be asked now, in order, and how long to wait between one and the next. The
// round begins, so what was asked for is forgotten.
func (t *tier) ready() ([]*endpoint, time.Duration) {
	t.a.mu.Lock()
	defer t.a.mu.Unlock()
	now := time.Now()
	wait := stagger
	var ready []*endpoint
	for i, e := range t.endpoints {
		if e.never {
			continue
		}
		inUse := t.answered && i == 0
		if inUse {
			wait = attemptTimeout
		}
		if inUse || !e.earliest().After(now) {
			ready = append(ready, e)
		}
	}
	t.answered, t.more = false, false
	return ready, wait
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
