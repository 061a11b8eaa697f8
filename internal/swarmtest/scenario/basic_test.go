package scenario

import (
	"flag"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/simnet"
)

const (
	mb  = 1_000_000
	mib = 1 << 20
)

// long runs the sizes that take more than a few seconds: go test -long.
var long = flag.Bool("long", false, "run the largest swarms too")

var near = simnet.Path{Delay: 10 * time.Millisecond}

// world runs f in a bubble with a world that is closed and checked afterwards. scale says how much smaller than life the
// world is, without -long; the race detector makes it smaller still.
func world(t *testing.T, scale, length, pieceLength int64, path simnet.Path, f func(t *testing.T, w *World)) {
	t.Helper()
	switch {
	case *long:
		scale = 1
	case raceDetector:
		scale *= 4
	}
	real := time.Now()
	synctest.Test(t, func(t *testing.T) {
		w := NewWorld(t, 1, scale, length, pieceLength, path, simnet.Options{})
		f(t, w)
		w.Close()
	})
	t.Logf("scale 1:%d, real time %.2fs", scale, time.Since(real).Seconds())
}

// notWithRaceDetector passes over what would take minutes with it.
func notWithRaceDetector(t *testing.T) {
	t.Helper()
	if raceDetector {
		t.Skip("the race detector makes this take minutes")
	}
}

func seconds(bytes, rate int64) time.Duration {
	return time.Duration(float64(bytes) / float64(rate) * float64(time.Second))
}

// atMost asserts a bound, but not of the tiny worlds that the race detector gets.
func atMost(t *testing.T, what string, got, most float64) {
	t.Helper()
	if got > most && !raceDetector {
		t.Errorf("%s: %.3f, at most %.3f is allowed", what, got, most)
	}
}

func TestTwo(t *testing.T) {
	world(t, 1, 64*mib, 256<<10, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: 10 * mb})
		p := w.Start(Spec{})
		w.Wait(time.Hour, p)
		f := w.Measure([]*Node{s}, []*Node{p}, seconds(64*mib, 10*mb))
		t.Log(f)
		atMost(t, "ratio", f.Ratio(), 1.1)
		atMost(t, "duplicates", f.Duplicates, 0.001*float64(w.Scale))
	})
}

func TestTwenty(t *testing.T) {
	world(t, 4, 64*mib, 256<<10, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: 10 * mb, Down: 10 * mb})
		ps := w.StartMany(20, Spec{Up: 10 * mb, Down: 10 * mb})
		w.Wait(time.Hour, ps...)
		f := w.Measure([]*Node{s}, ps, seconds(64*mib, 10*mb))
		t.Log(f)
		atMost(t, "ratio", f.Ratio(), 3)
		atMost(t, "duplicates", f.Duplicates, 0.02*float64(w.Scale))
	})
}
