package scenario

import (
	"testing"
	"time"
)

// flashCrowd: everybody comes at once to one slow seeder. What it has to reach is asked of fifty peers in life size; by
// default there are fewer, with fewer pieces to tell each other about, which is what takes the time.
func flashCrowd(t *testing.T, super bool, copies float64) {
	notWithRaceDetector(t)
	const size = 512 * mib
	peers, piece := 30, int64(2<<20)
	if *long {
		peers, piece = 50, 1<<20
	}
	world(t, 8, size, piece, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Super: super, Up: 10 * mb, Down: 10 * mb})
		ps := w.StartMany(peers, Spec{Up: 10 * mb, Down: 10 * mb})
		w.Wait(time.Hour, ps...)
		f := w.Measure([]*Node{s}, ps, crowdBound(size, 10*mb, 10*mb, peers))
		w.record("", f)
		atMost(t, "copies of the seeder", f.Copies, copies)
		if *long {
			atMost(t, "ratio", f.Ratio(), 1.35)
			atMost(t, "duplicates", f.Duplicates, 0.01)
		}
	})
}

func TestFlashCrowd(t *testing.T) { flashCrowd(t, false, 2) }

func TestFlashCrowdSuperseeded(t *testing.T) { flashCrowd(t, true, 1.3) }

// seederLeaves: as soon as every piece has been out once, the swarm lives without the seeder. The copies are what it had
// sent then.
func seederLeaves(t *testing.T, super bool, copies float64) {
	world(t, 4, 128*mib, 256<<10, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Super: super, Up: 5 * mb})
		ps := w.StartMany(20, Spec{Up: 2 * mb, Down: 10 * mb})
		for !w.covered(ps) {
			time.Sleep(time.Second)
		}
		left := time.Since(w.started)
		sent := s.Torrent.Stats().Uploaded
		s.Stop()
		w.Wait(time.Hour, ps...)
		f := w.Measure(nil, ps, seconds(20*128*mib, 5*mb+40*mb))
		f.Copies = float64(sent) / float64(w.Content.Info.Length)
		t.Logf("every piece was out after %v", left)
		w.record("", f)
		atMost(t, "ratio", f.Ratio(), 1.5)
		atMost(t, "copies", f.Copies, copies)
	})
}

func TestSeederLeaves(t *testing.T) { seederLeaves(t, false, 2) }

func TestSuperseederLeaves(t *testing.T) { seederLeaves(t, true, 1.3) }
