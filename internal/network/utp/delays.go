package utp

import "time"

const (
	history  = 10 // periods whose smallest delay is kept
	period   = time.Minute
	filtered = 4                     // samples of which the smallest is the current delay
	maxDrift = 10 * time.Millisecond // that one sample may tell of
)

// delays tells how long packets wait in queues on their way. The samples are differences between two clocks that
// have nothing to do with each other, in microseconds, and wrap around: only differences between samples mean something.
type delays struct {
	lowest [history]uint32 // by period, the current one first
	known  int             // periods
	turn   time.Duration   // when the current period ends
	recent [filtered]uint32
	count  int // samples
}

// less orders samples, which wrap around.
func less(a, b uint32) bool { return int32(a-b) < 0 }

// add takes a sample.
func (d *delays) add(sample uint32, now time.Duration) {
	switch {
	case d.known == 0:
		d.lowest[0], d.known, d.turn = sample, 1, now+period
	case now >= d.turn:
		copy(d.lowest[1:], d.lowest[:])
		d.lowest[0], d.known, d.turn = sample, min(d.known+1, history), now+period
	case less(sample, d.lowest[0]):
		d.lowest[0] = sample
	}
	d.recent[d.count%filtered] = sample
	d.count++
}

// base is the delay of the path itself.
func (d *delays) base() uint32 {
	b := d.lowest[0]
	for _, l := range d.lowest[1:max(d.known, 1)] {
		if less(l, b) {
			b = l
		}
	}
	return b
}

// queueing is what the last samples are above the path's own delay.
func (d *delays) queueing() time.Duration {
	if d.count == 0 {
		return 0
	}
	now := d.recent[0]
	for _, r := range d.recent[1:min(d.count, filtered)] {
		if less(r, now) {
			now = r
		}
	}
	return time.Duration(max(int32(now-d.base()), 0)) * time.Microsecond
}

// drifted takes the other direction's base delay before and after a sample. Where it fell, their clock may have
// gained on ours, and then ours has lost: without this a slow clock would look like a queue that grows.
func (d *delays) drifted(before, after uint32) {
	if by := before - after; less(after, before) && time.Duration(by)*time.Microsecond <= maxDrift {
		for i := range d.known {
			d.lowest[i] += by
		}
	}
}
