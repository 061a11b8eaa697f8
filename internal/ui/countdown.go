package ui

import (
	"math"
	"time"
)

// memory is the time over which an average forgets. It is longer than that of a rate that is shown:
// a rate is about now, time left is about all that is to come.
const memory = 20 * time.Second

// average works out a rate from a growing number of bytes, over all of the time at first, then over
// the last of it. The zero value is ready.
type average struct {
	at     time.Time
	done   int64
	bytes  float64 // both fade with time
	passed float64 // seconds
}

// observe takes in how much is done now and returns bytes a second.
func (a *average) observe(now time.Time, done int64) int64 {
	if !a.at.IsZero() {
		passed := now.Sub(a.at).Seconds()
		fade := math.Exp(-passed / memory.Seconds())
		a.bytes = a.bytes*fade + float64(max(done-a.done, 0))
		a.passed = a.passed*fade + passed
	}
	a.at, a.done = now, done
	if a.passed <= 0 {
		return 0
	}
	return int64(a.bytes / a.passed)
}

// countdown shows time left the way a clock would: it runs down by itself and drifts towards what is
// estimated, instead of jumping from one estimate to the next. The zero value is ready.
type countdown struct {
	at   time.Time
	left time.Duration
}

// drift is how long it takes for the most part of a new estimate to be shown.
const drift = 4 * time.Second

// observe takes in a new estimate, 0 for none, and returns what is to be shown.
func (c *countdown) observe(now time.Time, estimate time.Duration) time.Duration {
	switch {
	case estimate <= 0:
		*c = countdown{}
		return 0
	case c.at.IsZero():
		c.left = estimate
	default:
		passed := now.Sub(c.at)
		c.left -= passed
		share := 1 - math.Exp(-passed.Seconds()/drift.Seconds())
		c.left += time.Duration(float64(estimate-c.left) * share)
	}
	c.at = now
	c.left = max(c.left, time.Second)
	return c.left
}
