package ui

import (
	"math"
	"time"
)

// smoothing is the time over which a meter forgets.
const smoothing = 3 * time.Second

// meter works out a smoothed rate from a growing number of bytes. The zero value is ready.
type meter struct {
	at   time.Time
	done int64
	rate float64 // bytes a second
}

// observe takes in how much is done now and returns the rate in bytes a second.
func (m *meter) observe(now time.Time, done int64) int64 {
	if m.at.IsZero() || done < m.done {
		*m = meter{at: now, done: done}
		return 0
	}
	passed := now.Sub(m.at)
	if passed < 50*time.Millisecond {
		return int64(m.rate)
	}
	current := float64(done-m.done) / passed.Seconds()
	if m.rate == 0 {
		m.rate = current
	} else {
		m.rate += (current - m.rate) * (1 - math.Exp(-passed.Seconds()/smoothing.Seconds()))
	}
	m.at, m.done = now, done
	return int64(m.rate)
}

// longest is the time left beyond which nobody believes it.
const longest = 99 * 24 * time.Hour

// timeLeft is how long the rest takes at a rate; 0 is unknown.
func timeLeft(rest, rate int64) time.Duration {
	if rest <= 0 || rate <= 0 {
		return 0
	}
	left := float64(rest) / float64(rate) * float64(time.Second)
	if left > float64(longest) {
		return 0
	}
	return max(time.Duration(left), time.Second)
}
