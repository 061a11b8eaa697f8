package utp

import (
	"sync"
	"time"
)

// deadline is what a Read or a Write waits at: for its condition, until a time. Its methods need the lock of cond.
type deadline struct {
	cond  sync.Cond
	at    time.Time // zero: none
	timer *time.Timer
	armed time.Time // when the timer goes off
}

// set changes the time; who waits looks again.
func (d *deadline) set(t time.Time) {
	d.at = t
	d.cond.Broadcast()
}

// passed reports whether the time has come.
func (d *deadline) passed() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

// wait returns when the condition was signalled or the time has come, or for no reason.
func (d *deadline) wait() {
	if !d.at.IsZero() && !d.at.Equal(d.armed) {
		d.armed = d.at
		if left := time.Until(d.at); d.timer == nil {
			d.timer = time.AfterFunc(left, d.ring)
		} else {
			d.timer.Reset(left)
		}
	}
	d.cond.Wait()
}

// ring wakes who waits.
func (d *deadline) ring() {
	d.cond.L.Lock()
	d.cond.Broadcast()
	d.cond.L.Unlock()
}

// end wakes who waits, for good.
func (d *deadline) end() {
	if d.timer != nil {
		d.timer.Stop()
	}
	d.cond.Broadcast()
}
