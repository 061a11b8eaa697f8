package scenario

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/simnet"
)

// TestSeederThatLiesAlways: it is banned, and the honest one gives everything.
func TestSeederThatLiesAlways(t *testing.T) {
	world(t, 1, 64*mib, 256<<10, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: 10 * mb})
		liar := w.Start(Spec{Seed: true, Up: 10 * mb, Lie: 1})
		p := w.Start(Spec{})
		w.Wait(time.Hour, p)
		f := w.Measure([]*Node{s, liar}, []*Node{p}, seconds(64*mib, 10*mb))
		t.Log(f)
		if f.Bans != 1 {
			t.Errorf("%d addresses are banned, not 1", f.Bans)
		}
		atMost(t, "ratio", f.Ratio(), 1.3)
		atMost(t, "wasted", f.Duplicates, 0.2)
	})
}

// TestLiarsAndQuitters: a tenth of the seeds lies in every twentieth block, a third disconnects at random.
func TestLiarsAndQuitters(t *testing.T) {
	world(t, 4, 128*mib, 256<<10, near, func(t *testing.T, w *World) {
		seeds := w.StartMany(18, Spec{Seed: true, Up: mb})
		liars := w.StartMany(2, Spec{Seed: true, Up: mb, Lie: 0.05})
		ps := w.StartMany(20, Spec{Up: 5 * mb, Down: 10 * mb})
		stop := make(chan struct{})
		done := make(chan struct{})
		go func() { // a third of all hosts loses half its connections every five seconds
			defer close(done)
			for {
				select {
				case <-stop:
					return
				case <-time.After(5 * time.Second):
				}
				for i, n := range w.Nodes {
					if i%3 == 0 {
						n.Host.ResetConnections(0.5)
					}
				}
			}
		}()
		w.Wait(time.Hour, ps...)
		close(stop)
		<-done
		f := w.Measure(append(seeds, liars...), ps, seconds(20*128*mib, 20*mb+20*5*mb))
		t.Log(f)
		honest := map[string]bool{}
		for _, n := range append(seeds, ps...) {
			honest[n.Host.Addr().String()] = true
		}
		for _, p := range ps {
			for _, a := range p.banned() {
				if honest[a] {
					t.Errorf("peer %d banned %s, which is honest", p.ID, a)
				}
			}
		}
		atMost(t, "ratio", f.Ratio(), 2)
		atMost(t, "wasted", f.Duplicates, 0.05*float64(w.Scale))
	})
}

// TestFreeRiders: who gives nothing gets less than who gives, as long as there is not enough for all.
func TestFreeRiders(t *testing.T) {
	notWithRaceDetector(t)
	world(t, 4, 128*mib, 256<<10, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: 5 * mb})
		givers := w.StartMany(20, Spec{Up: 2 * mb, Down: 20 * mb})
		riders := w.StartMany(5, Spec{Up: 2 * mb, Down: 20 * mb, Mute: true})
		w.Wait(time.Hour, append(givers, riders...)...)
		g := w.Measure([]*Node{s}, givers, 0)
		r := w.Measure([]*Node{s}, riders, 0)
		t.Logf("givers %v", g)
		t.Logf("riders %v", r)
		if r.Median < g.Median {
			t.Errorf("free riders were done after %v, before givers after %v", r.Median, g.Median)
		}
	})
}

// TestStallingPeers: seeds that go silent in the middle of a piece, with the connection up, do not hold up the
// end.
func TestStallingPeers(t *testing.T) {
	world(t, 1, 64*mib, 1<<20, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: 10 * mb})
		for range 5 {
			var reads atomic.Int32
			w.Start(Spec{Seed: true, Up: 2 * mb, Stall: func() bool { return reads.Add(1) > 20 }})
		}
		p := w.Start(Spec{})
		w.Wait(time.Hour, p)
		f := w.Measure([]*Node{s}, []*Node{p}, seconds(64*mib, 10*mb))
		t.Log(f)
		atMost(t, "seconds", f.Last.Seconds(), f.Bound.Seconds()+25) // once, 20 s of patience
	})
}

// TestWrongMetadata: a peer that gives wrong metadata is banned, another gives the right one.
func TestWrongMetadata(t *testing.T) {
	world(t, 1, 16*mib, 256<<10, near, func(t *testing.T, w *World) {
		other, err := NewContent(99, 16*mib, 256<<10)
		if err != nil {
			t.Fatal(err)
		}
		w.Start(Spec{Seed: true, Info: other.Info})
		p := w.Start(Spec{Magnet: true})
		time.Sleep(5 * time.Second)
		if p.Torrent.Info() != nil {
			t.Fatal("it took wrong metadata")
		}
		w.Start(Spec{Seed: true, Up: 10 * mb, Path: simnet.Path{Delay: 100 * time.Millisecond}})
		w.Wait(10*time.Minute, p)
		took, _ := p.Completed()
		t.Logf("complete after %v, banned %d", took, p.Torrent.Stats().Banned)
		if p.Torrent.Stats().Banned != 1 {
			t.Errorf("%d addresses are banned, not 1", p.Torrent.Stats().Banned)
		}
	})
}

// TestMagnetSwarm: nobody but the seed has the metadata at first.
func TestMagnetSwarm(t *testing.T) {
	world(t, 4, 64*mib, 256<<10, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: 10 * mb})
		ps := w.StartMany(20, Spec{Up: 10 * mb, Down: 10 * mb, Magnet: true})
		w.Wait(time.Hour, ps...)
		f := w.Measure([]*Node{s}, ps, crowdBound(64*mib, 10*mb, 10*mb, 20))
		t.Log(f)
		atMost(t, "ratio", f.Ratio(), 2)
	})
}
