package scenario

import (
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/simnet"
)

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

// crowdBound is the least time for n peers to get size bytes from one seeder.
func crowdBound(size, seeder, up int64, n int) time.Duration {
	all := seeder + int64(n)*up
	return max(seconds(size, seeder), seconds(int64(n)*size, all))
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
		w.record("", f)
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
		w.record("", f)
		atMost(t, "ratio", f.Ratio(), 3)
		atMost(t, "duplicates", f.Duplicates, 0.02*float64(w.Scale))
	})
}

// TestMagnetSwarm: nobody but the seed has the metadata at first.
func TestMagnetSwarm(t *testing.T) {
	world(t, 4, 64*mib, 256<<10, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: 10 * mb})
		ps := w.StartMany(20, Spec{Up: 10 * mb, Down: 10 * mb, Magnet: true})
		w.Wait(time.Hour, ps...)
		f := w.Measure([]*Node{s}, ps, crowdBound(64*mib, 10*mb, 10*mb, 20))
		w.record("", f)
		atMost(t, "ratio", f.Ratio(), 2)
	})
}

// manyPeers is a swarm in which everybody knows a few others only.
func manyPeers(t *testing.T, scale int64, n int) {
	notWithRaceDetector(t)
	world(t, scale, 16*mib, 128<<10, simnet.Path{Delay: 25 * time.Millisecond}, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: 2 * mb, MaxPeers: 20})
		ps := w.StartMany(n, Spec{Up: mb, Down: 4 * mb, MaxPeers: 20, Memory: 4 * mib})
		w.Wait(time.Hour, ps...)
		f := w.Measure([]*Node{s}, ps, crowdBound(16*mib, 2*mb, mb, n))
		w.record("", f)
		atMost(t, "ratio", f.Ratio(), 2)
		atMost(t, "duplicates", f.Duplicates, 0.03*float64(w.Scale))
	})
}

func TestTwoHundred(t *testing.T) { manyPeers(t, 2, 200) }

func TestThousand(t *testing.T) {
	if !*long {
		t.Skip("a minute: with -long")
	}
	manyPeers(t, 1, 1000)
}
