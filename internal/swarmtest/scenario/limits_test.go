package scenario

import (
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/network"
	"github.com/shoal-project/shoal/internal/swarmtest/simnet"
)

// rateOver is what a counter grew by in a while, in bytes a second.
func rateOver(d time.Duration, counter func() int64) float64 {
	before := counter()
	time.Sleep(d)
	return float64(counter()-before) / d.Seconds()
}

// holdsLimit checks a limit over half a minute, then another one that is set while it runs, a lower one, and none.
func holdsLimit(t *testing.T, what string, l *network.Limiter, counter func() int64) {
	t.Helper()
	for _, limit := range []int64{mb, 2 * mb, mb / 4} {
		l.Set(limit)
		time.Sleep(2 * time.Second)
		got := rateOver(30*time.Second, counter)
		t.Logf("%s %d: %.0f bytes a second, %+.2f %%", what, limit, got, 100*(got/float64(limit)-1))
		if got < 0.97*float64(limit) || got > 1.03*float64(limit) {
			t.Errorf("%s %d: %.0f bytes a second", what, limit, got)
		}
	}
	l.Set(0)
	if got := rateOver(2*time.Second, counter); got < 5*mb {
		t.Errorf("%s: %.0f bytes a second after the limit was taken away", what, got)
	}
}

// TestUpLimit: what a seed with a limit sends to eight peers.
func TestUpLimit(t *testing.T) {
	world(t, 1, 64*mib, 256<<10, near, func(t *testing.T, w *World) {
		l := network.NewLimiter(mb)
		s := w.Start(Spec{Seed: true, UpLimit: l})
		// They reach nobody but the seed.
		w.StartMany(8, Spec{NAT: simnet.DialOnly})
		holdsLimit(t, "up", l, func() int64 { return s.Torrent.Stats().Uploaded })
	})
}

// TestDownLimit: what a peer with a limit takes from eight seeds.
func TestDownLimit(t *testing.T) {
	length := int64(256 * mib)
	if raceDetector { // it makes the world smaller, but not the limits
		length *= 4
	}
	world(t, 1, length, 1<<20, near, func(t *testing.T, w *World) {
		l := network.NewLimiter(mb)
		w.StartMany(8, Spec{Seed: true, Up: 10 * mb})
		p := w.Start(Spec{DownLimit: l})
		holdsLimit(t, "down", l, func() int64 { return p.Torrent.Stats().Downloaded })
	})
}
