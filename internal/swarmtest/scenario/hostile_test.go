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
		w.record("", f)
		if f.Bans != 1 {
			t.Errorf("%d addresses are banned, not 1", f.Bans)
		}
		atMost(t, "ratio", f.Ratio(), 1.3)
		atMost(t, "wasted", f.Duplicates, 0.2)
	})
}

// resetNow breaks a share of the connections of some peers again and again, until the world is over.
func (w *World) resetNow(every time.Duration, share float64, nodes []*Node) {
	w.noise.Go(func() {
		for {
			t := time.NewTimer(every)
			select {
			case <-t.C:
			case <-w.over:
				t.Stop()
				return
			}
			for _, n := range nodes {
				n.Host.ResetConnections(share)
			}
		}
	})
}

// honestAreLeft checks that nobody has banned an honest peer.
func honestAreLeft(t *testing.T, honest, judges []*Node) {
	t.Helper()
	addrs := map[string]bool{}
	for _, n := range honest {
		addrs[n.Host.Addr().String()] = true
	}
	for _, p := range judges {
		for _, a := range p.banned() {
			if addrs[a] {
				t.Errorf("peer %d banned %s, which is honest", p.ID, a)
			}
		}
	}
}

// every picks each nth of some peers, from the first on.
func every(n int, nodes []*Node) (out []*Node) {
	for i := 0; i < len(nodes); i += n {
		out = append(out, nodes[i])
	}
	return out
}

// TestLiarsAndQuitters: a tenth of the seeds lies in every twentieth block, and a third of all peers loses half its
// connections every five seconds.
func TestLiarsAndQuitters(t *testing.T) {
	world(t, 4, 128*mib, 256<<10, near, func(t *testing.T, w *World) {
		seeds := w.StartMany(18, Spec{Seed: true, Up: mb})
		liars := w.StartMany(2, Spec{Seed: true, Up: mb, Lie: 0.05})
		ps := w.StartMany(20, Spec{Up: 5 * mb, Down: 10 * mb})
		w.resetNow(5*time.Second, 0.5, every(3, w.Nodes))
		w.Wait(time.Hour, ps...)
		f := w.Measure(append(seeds, liars...), ps, seconds(20*128*mib, 20*mb+20*5*mb))
		w.record("", f)
		honestAreLeft(t, append(seeds, ps...), ps)
		atMost(t, "ratio", f.Ratio(), 2)
		atMost(t, "wasted", f.Duplicates, 0.05*float64(w.Scale))
	})
}

// TestHalfOfTheSeedsLie: of 32 seeds every second one corrupts a twentieth of what it gives and drops connections at
// random.
func TestHalfOfTheSeedsLie(t *testing.T) {
	world(t, 1, 64*mib, 256<<10, near, func(t *testing.T, w *World) {
		seeds := w.StartMany(16, Spec{Seed: true, Up: mb})
		liars := w.StartMany(16, Spec{Seed: true, Up: mb, Lie: 0.05})
		p := w.Start(Spec{Down: 10 * mb})
		w.resetNow(2*time.Second, 0.3, liars)
		w.Wait(time.Hour, p)
		f := w.Measure(append(seeds, liars...), []*Node{p}, seconds(64*mib, 10*mb))
		w.record("", f)
		honestAreLeft(t, seeds, []*Node{p})
		atMost(t, "seconds", f.Last.Seconds(), 30)
		if bans := len(p.banned()); bans < len(liars)/2 {
			t.Errorf("%d of %d liars are banned", bans, len(liars))
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
		w.record("", f)
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
