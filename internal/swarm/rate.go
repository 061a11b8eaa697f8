package swarm

import (
	"math"
	"time"
)

// rate is a smoothed speed in bytes a second, fed now and again with a counter that only grows.
type rate struct {
	last  int64
	value float64
	still time.Duration // nothing was counted for so long
}

// smoothing is the time over which a rate forgets.
const smoothing = 5 * time.Second

// forgotten is how long nothing has to come for the rate to be nothing, instead of a memory that fades for minutes.
const forgotten = 10 * time.Second

// update takes the counter's value after d has passed.
func (r *rate) update(total int64, d time.Duration) {
	if d <= 0 {
		return
	}
	now := float64(total-r.last) / d.Seconds()
	if r.still += d; total != r.last {
		r.still = 0
	}
	r.last = total
	if r.still >= forgotten {
		r.value = 0
		return
	}
	if r.value == 0 {
		r.value = now // the first measure is better than a slow start from nothing
		return
	}
	r.value += (now - r.value) * (1 - math.Exp(-d.Seconds()/smoothing.Seconds()))
	if r.value < 1 {
		r.value = 0
	}
}

// get is the speed in bytes a second.
func (r *rate) get() int64 { return int64(r.value) }
