package scenario

import (
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/simnet"
)

// TestWebSeedAlone: without any peer the server's bandwidth is used.
func TestWebSeedAlone(t *testing.T) {
	world(t, 1, 64*mib, 256<<10, near, func(t *testing.T, w *World) {
		web := w.StartWeb(10 * mb)
		defer web.Close()
		p := w.Start(Spec{Web: web})
		w.Wait(time.Hour, p)
		f := w.Measure(nil, []*Node{p}, seconds(64*mib, 10*mb))
		w.record("", f)
		atMost(t, "ratio", f.Ratio(), 1.15)
		atMost(t, "duplicates", f.Duplicates, 0)
	})
}

// TestWebSeedAndSlowPeer: both are used to the full, far away as well.
func TestWebSeedAndSlowPeer(t *testing.T) {
	for name, delay := range map[string]time.Duration{"near": 10 * time.Millisecond, "far": 50 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			world(t, 1, 64*mib, 256<<10, simnet.Path{Delay: delay}, func(t *testing.T, w *World) {
				web := w.StartWeb(8 * mb)
				defer web.Close()
				s := w.Start(Spec{Seed: true, Up: 2 * mb})
				p := w.Start(Spec{Web: web})
				w.Wait(time.Hour, p)
				f := w.Measure([]*Node{s}, []*Node{p}, seconds(64*mib, 10*mb))
				t.Logf("the server sent %d MiB", web.Sent.Load()>>20)
				w.record("", f)
				atMost(t, "ratio", f.Ratio(), 1.35)
				atMost(t, "duplicates", f.Duplicates, 0.04)
			})
		})
	}
}

// TestWebSeedRestsWherePeersAreFast: peers that are many times faster are left to it.
func TestWebSeedRestsWherePeersAreFast(t *testing.T) {
	world(t, 1, 256*mib, 256<<10, near, func(t *testing.T, w *World) {
		web := w.StartWeb(mb / 2)
		defer web.Close()
		s := w.StartMany(4, Spec{Seed: true, Up: 5 * mb})
		p := w.Start(Spec{Web: web})
		w.Wait(time.Hour, p)
		f := w.Measure(s, []*Node{p}, seconds(256*mib, 20*mb))
		t.Logf("the server sent %d KiB", web.Sent.Load()>>10)
		w.record("", f)
		atMost(t, "ratio", f.Ratio(), 1.2)
		atMost(t, "sent by the server", float64(web.Sent.Load()), 4*mib)
	})
}

// TestWebSeedThatDies: what it was to give comes from a peer.
func TestWebSeedThatDies(t *testing.T) {
	world(t, 1, 32*mib, 256<<10, near, func(t *testing.T, w *World) {
		web := w.StartWeb(4 * mb)
		s := w.Start(Spec{Seed: true, Up: 2 * mb})
		p := w.Start(Spec{Web: web})
		time.Sleep(3 * time.Second)
		web.Close()
		w.Wait(time.Hour, p)
		f := w.Measure([]*Node{s}, []*Node{p}, 3*time.Second+seconds(32*mib-18*mb, 2*mb))
		w.record("", f)
		atMost(t, "ratio", f.Ratio(), 1.5)
	})
}
