package scenario

import (
	"testing"
	"time"
)

// TestFleet: many machines that begin together, one origin with the content, no seed. The origin sends little more than one copy,
// and nobody waits for it.
func TestFleet(t *testing.T) {
	notWithRaceDetector(t)
	for name, c := range map[string]struct {
		origin, each int64
		copies       float64
	}{
		"slow origin": {10 * mb, 10 * mb, 1.3},
		"fast origin": {50 * mb, 10 * mb, 1.5},
	} {
		t.Run(name, func(t *testing.T) {
			world(t, 1, 128*mib, 256<<10, near, func(t *testing.T, w *World) {
				web := w.StartWeb(c.origin)
				defer web.Close()
				all := w.StartMany(20, Spec{Web: web, Up: c.each, Down: 10 * c.each})
				w.Wait(time.Hour, all...)
				bound := max(seconds(128*mib, c.origin), seconds(20*128*mib, c.origin+20*c.each))
				f := w.Measure(nil, all, bound)
				copies := float64(web.Sent.Load()) / (128 * mib)
				t.Logf("the origin sent %.2f copies", copies)
				f.Copies = copies
				w.record("", f)
				atMost(t, "copies", copies, c.copies)
				atMost(t, "ratio", f.Ratio(), 1.6)
			})
		})
	}
}
