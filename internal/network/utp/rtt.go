package utp

import "time"

const (
	firstTimeout = time.Second            // BEP 29 "timeouts"
	minTimeout   = 500 * time.Millisecond // BEP 29
	maxTimeout   = 15 * time.Second
)

// roundTrip estimates how long an acknowledgement takes (RFC 6298). The zero value knows nothing yet.
type roundTrip struct {
	smooth, vary time.Duration
	least        time.Duration
	last         time.Duration
	backoff      uint // timeouts in a row
}

func (r *roundTrip) add(sample time.Duration) {
	r.last = sample
	if r.smooth == 0 {
		r.smooth, r.vary, r.least = sample, sample/2, sample
		return
	}
	r.least = min(r.least, sample)
	r.vary += ((r.smooth - sample).Abs() - r.vary) / 4
	r.smooth += (sample - r.smooth) / 8
}

// timeout is how long to wait for an acknowledgement before all in flight counts as lost.
func (r *roundTrip) timeout() time.Duration {
	d := firstTimeout
	if r.smooth > 0 {
		d = max(minTimeout, r.smooth+4*r.vary)
	}
	return min(d<<min(r.backoff, 6), maxTimeout)
}
