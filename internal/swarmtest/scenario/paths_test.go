package scenario

import (
	"fmt"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/simnet"
)

// TestOneFarPeer: a long and fast path is filled.
func TestOneFarPeer(t *testing.T) {
	for _, trip := range []time.Duration{50 * time.Millisecond, 100 * time.Millisecond} {
		world(t, 1, 1024*mib, 1<<20, simnet.Path{Delay: trip / 2}, func(t *testing.T, w *World) {
			s := w.Start(Spec{Seed: true, Up: 100 * mb})
			p := w.Start(Spec{Down: 100 * mb})
			w.Wait(time.Hour, p)
			f := w.Measure([]*Node{s}, []*Node{p}, seconds(1024*mib, 100*mb))
			w.record(fmt.Sprintf("/%v", trip), f)
			if trip <= 50*time.Millisecond {
				atMost(t, "ratio", f.Ratio(), 1/0.9)
			}
		})
	}
}

// TestTwentyFarSeeders: many slow distant peers add up.
func TestTwentyFarSeeders(t *testing.T) {
	world(t, 1, 1024*mib, 1<<20, simnet.Path{Delay: 25 * time.Millisecond}, func(t *testing.T, w *World) {
		ss := w.StartMany(20, Spec{Seed: true, Up: 5 * mb})
		p := w.Start(Spec{})
		w.Wait(time.Hour, p)
		f := w.Measure(ss, []*Node{p}, seconds(1024*mib, 100*mb))
		w.record("", f)
		atMost(t, "ratio", f.Ratio(), 1/0.9)
		atMost(t, "duplicates", f.Duplicates, 0.02*float64(w.Scale))
	})
}

// TestFourSeeders: each of four equal seeders gives its part.
func TestFourSeeders(t *testing.T) {
	world(t, 1, 256*mib, 1<<20, near, func(t *testing.T, w *World) {
		ss := w.StartMany(4, Spec{Seed: true, Up: 10 * mb})
		p := w.Start(Spec{})
		w.Wait(time.Hour, p)
		f := w.Measure(ss, []*Node{p}, seconds(256*mib, 40*mb))
		w.record("", f)
		atMost(t, "ratio", f.Ratio(), 1.3)
		for _, s := range ss {
			share := float64(s.Torrent.Stats().Uploaded) / float64(w.Content.Info.Length)
			t.Logf("seeder %d gave %.1f %%", s.ID, 100*share)
			if share < 0.15 || share > 0.35 {
				t.Errorf("seeder %d gave %.1f %%", s.ID, 100*share)
			}
		}
	})
}

// TestLossyPaths: what loss leaves of a path is used.
func TestLossyPaths(t *testing.T) {
	world(t, 1, 64*mib, 256<<10, simnet.Path{Delay: 25 * time.Millisecond, Loss: 0.01}, func(t *testing.T, w *World) {
		ss := w.StartMany(10, Spec{Seed: true, Up: 10 * mb})
		p := w.Start(Spec{})
		w.Wait(time.Hour, p)
		f := w.Measure(ss, []*Node{p}, seconds(64*mib, 10*360_000)) // Mathis: 0.36 MB/s a path
		w.record("", f)
		atMost(t, "ratio", f.Ratio(), 1.3)
	})
}

// TestLossySwarm: a swarm on paths that lose one packet in a hundred.
func TestLossySwarm(t *testing.T) {
	world(t, 4, 64*mib, 256<<10, simnet.Path{Delay: 25 * time.Millisecond, Loss: 0.01}, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: 5 * mb})
		ps := w.StartMany(20, Spec{Up: 2 * mb, Down: 10 * mb})
		w.Wait(time.Hour, ps...)
		f := w.Measure([]*Node{s}, ps, seconds(20*64*mib, 5*mb+20*2*mb))
		w.record("", f)
		atMost(t, "ratio", f.Ratio(), 1.5)
	})
}
