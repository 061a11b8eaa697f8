package scenario

import (
	"testing"
	"time"
)

// crowdBound is the least time for n peers to get size bytes from one seeder.
func crowdBound(size, seeder, up int64, n int) time.Duration {
	all := seeder + int64(n)*up
	return max(seconds(size, seeder), seconds(int64(n)*size, all))
}

// TestFlashCrowd: everybody comes at once to one slow seeder.
func TestFlashCrowd(t *testing.T) {
	notWithRaceDetector(t)
	const size = 512 * mib
	world(t, 8, size, 1<<20, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: 10 * mb, Down: 10 * mb})
		ps := w.StartMany(50, Spec{Up: 10 * mb, Down: 10 * mb})
		w.Wait(time.Hour, ps...)
		f := w.Measure([]*Node{s}, ps, crowdBound(size, 10*mb, 10*mb, 50))
		t.Log(f)
		atMost(t, "ratio", f.Ratio(), 1.35)
		atMost(t, "duplicates", f.Duplicates, 0.01*float64(w.Scale))
		atMost(t, "copies of the seeder", f.Copies, 2)
	})
}
