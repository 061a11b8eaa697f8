package ui

import "time"

// How long nothing may move before a row is called stalled, and how old a phase has to be before its
// time left is worth believing.
const (
	stalledAfter = 10 * time.Second
	settled      = 2 * time.Second
)

// Pace works out what a row does not say by itself: a rate while hashing, the time left, and whether
// anything moves. It belongs to one row and is told of it as it goes. The zero value is ready.
type Pace struct {
	began    bool
	phase    Phase
	since    time.Time // the phase began
	done     int64     // when last seen
	moved    time.Time // done grew
	meter    meter
	average  average
	left     countdown
	uploaded int64
	sent     time.Time // uploaded grew
}

// Observe takes in what a row says now and returns it made whole: numbers brought into their range,
// name and note as one escaped line, ETA smoothed, Stalled set.
func (p *Pace) Observe(now time.Time, r Row) Row {
	r.Name, r.Note = oneLine(r.Name), oneLine(r.Note)
	r.Total = max(r.Total, 0)
	r.Done = max(r.Done, 0)
	if r.Total > 0 {
		r.Done = min(r.Done, r.Total)
	}
	if !p.began || r.Phase != p.phase {
		*p = Pace{began: true, phase: r.Phase, since: now, done: r.Done, moved: now, uploaded: r.Uploaded}
	}
	if r.Done != p.done {
		p.done, p.moved = r.Done, now
	}
	if r.Uploaded != p.uploaded {
		p.uploaded, p.sent = r.Uploaded, now
	}
	rate := p.meter.observe(now, r.Done)
	if r.Phase.measured() && r.RateDown == 0 {
		r.RateDown = rate
	}
	r.ETA = p.timeLeft(now, r)
	if r.Stalled = r.Phase.sized() && r.Done < r.Total && now.Sub(p.moved) >= stalledAfter; r.Stalled {
		r.RateDown = 0 // what is left of it is memory
	}
	return r
}

// timeLeft is how long a row will take yet, 0 where nobody can tell.
func (p *Pace) timeLeft(now time.Time, r Row) time.Duration {
	long := p.average.observe(now, r.Done)
	rest := r.Total - r.Done
	still := now.Sub(p.moved) >= stalledAfter
	if still {
		p.average = average{}
	}
	if !r.Phase.sized() || rest <= 0 || still {
		p.left = countdown{}
		return 0
	}
	estimate := timeLeft(rest, long)
	if estimate == 0 && r.ETA <= longest {
		estimate = r.ETA
	}
	left := p.left.observe(now, estimate)
	if now.Sub(p.since) < settled {
		return 0
	}
	return left
}

// moves says whether something happens: bytes came or went a moment ago.
func (p *Pace) moves(now time.Time) bool {
	const moment = 5 * time.Second
	switch p.phase {
	case Hashing, Checking, Downloading:
		return now.Sub(p.moved) < moment
	case Seeding:
		return !p.sent.IsZero() && now.Sub(p.sent) < moment
	}
	return p.phase == Finishing
}
