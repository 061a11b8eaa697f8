package scenario

import (
	"slices"
	"testing"
	"time"
)

// got is what some peers have, as a share of the content: the mean of all.
func (w *World) got(nodes []*Node) float64 {
	var sum int64
	for _, n := range nodes {
		sum += n.Torrent.Stats().Done
	}
	return float64(sum) / float64(len(nodes)) / float64(w.Content.Info.Length)
}

// waitForHalf waits until half of some peers are complete.
func (w *World) waitForHalf(limit time.Duration, nodes []*Node) {
	for begun := time.Now(); time.Since(begun) < limit; time.Sleep(100 * time.Millisecond) {
		done := 0
		for _, n := range nodes {
			if _, ok := n.Completed(); ok {
				done++
			}
		}
		if 2*done >= len(nodes) {
			return
		}
	}
	w.T.Errorf("half of them are not complete after %v", limit)
}

// TestFreeRiders: who gives nothing gets little while there is not enough for all, and is fed when the others are.
func TestFreeRiders(t *testing.T) {
	notWithRaceDetector(t)
	world(t, 4, 128*mib, 256<<10, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: 5 * mb})
		givers := w.StartMany(20, Spec{Up: 2 * mb, Down: 20 * mb})
		riders := w.StartMany(5, Spec{Up: 2 * mb, Down: 20 * mb, Mute: true})
		w.waitForHalf(time.Hour, givers)
		had := w.got(riders)
		w.Wait(time.Hour, append(givers, riders...)...)
		g := w.Measure([]*Node{s}, givers, seconds(20*128*mib, 5*mb+40*mb))
		r := w.Measure(nil, riders, seconds(25*128*mib, 5*mb+40*mb))
		w.record("/givers", g)
		r.Copies = had
		w.record("/riders", r)
		t.Logf("when half of the givers were complete, the riders had %.2f of the content", had)
		atMost(t, "share of the riders", had, 0.9)
		if r.Median < g.Median {
			t.Errorf("free riders were done after %v, before givers after %v", r.Median, g.Median)
		}
	})
}

// TestMixedSpeeds: tit for tat, those who give much are done before those who give little, though all could receive
// as much.
func TestMixedSpeeds(t *testing.T) {
	notWithRaceDetector(t)
	world(t, 4, 128*mib, 256<<10, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: 5 * mb})
		var fast, slow []*Node
		for range 12 {
			fast = append(fast, w.Start(Spec{Up: 3 * mb, Down: 10 * mb}))
			slow = append(slow, w.Start(Spec{Up: mb / 4, Down: 10 * mb}))
		}
		w.waitForHalf(time.Hour, fast)
		had := w.got(slow)
		all := slices.Concat(fast, slow)
		w.Wait(time.Hour, all...)
		bound := seconds(24*128*mib, 5*mb+12*3*mb+12*mb/4)
		f, sl := w.Measure([]*Node{s}, fast, bound), w.Measure(nil, slow, bound)
		w.record("/fast", f)
		sl.Copies = had
		w.record("/slow", sl)
		t.Logf("when half of the fast ones were complete, the slow ones had %.2f of the content", had)
		if f.Median > sl.Median {
			t.Errorf("the fast ones were done after %v, the slow ones after %v", f.Median, sl.Median)
		}
	})
}

// TestAsymmetricLinks: where all give a twentieth of what they could take, what they give is used.
func TestAsymmetricLinks(t *testing.T) {
	notWithRaceDetector(t)
	world(t, 4, 64*mib, 256<<10, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: mb})
		ps := w.StartMany(30, Spec{Up: mb / 2, Down: 10 * mb})
		w.Wait(time.Hour, ps...)
		f := w.Measure([]*Node{s}, ps, seconds(30*64*mib, mb+30*mb/2))
		w.record("", f)
		atMost(t, "ratio", f.Ratio(), 2)
	})
}

// TestSnubbingPeers: a fifth of the swarm takes, and after a while leaves every request of others unanswered.
func TestSnubbingPeers(t *testing.T) {
	world(t, 4, 64*mib, 256<<10, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: 5 * mb})
		ps := w.StartMany(16, Spec{Up: 2 * mb, Down: 10 * mb})
		stall := w.started.Add(10 * time.Second)
		w.StartMany(4, Spec{Up: 2 * mb, Down: 10 * mb, Stall: func() bool { return time.Now().After(stall) }})
		w.Wait(time.Hour, ps...)
		f := w.Measure([]*Node{s}, ps, seconds(20*64*mib, 5*mb+16*2*mb))
		w.record("", f)
		atMost(t, "ratio", f.Ratio(), 1.6)
	})
}

// TestFastSeedSlowPeers: where one peer takes a fortieth of what a seed could give, the seed serves many at once.
func TestFastSeedSlowPeers(t *testing.T) {
	notWithRaceDetector(t)
	world(t, 4, 64*mib, 256<<10, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: 20 * mb})
		ps := w.StartMany(40, Spec{Up: mb / 20, Down: mb / 2})
		w.Wait(time.Hour, ps...)
		f := w.Measure([]*Node{s}, ps, seconds(64*mib, mb/2))
		w.record("", f)
		atMost(t, "ratio", f.Ratio(), 4)
	})
}
