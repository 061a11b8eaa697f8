package scenario

import (
	"net/netip"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/simnet"
)

// TestChurn: every minute half of the peers are replaced; those who stay until they are complete get there.
func TestChurn(t *testing.T) {
	notWithRaceDetector(t)
	world(t, 4, 256*mib, 512<<10, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: 5 * mb})
		kind := Spec{Up: mb, Down: 10 * mb, Leave: true}
		loyal := w.StartMany(10, Spec{Up: mb, Down: 10 * mb})
		passing := w.StartMany(20, kind)
		for minute := range 60 {
			time.Sleep(time.Minute)
			left := 0
			for _, n := range loyal {
				if _, ok := n.Completed(); !ok {
					left++
				}
			}
			if left == 0 {
				break
			}
			for i := range passing {
				if w.rand.IntN(2) == 0 {
					passing[i].Stop()
					passing[i] = w.Start(kind)
				}
			}
			t.Logf("minute %d: %d of %d loyal peers are not complete", minute+1, left, len(loyal))
		}
		w.Wait(time.Minute, loyal...)
		f := w.Measure([]*Node{s}, loyal, seconds(30*256*mib, 5*mb+30*mb))
		t.Log(f)
		atMost(t, "ratio", f.Ratio(), 2)
		atMost(t, "duplicates", f.Duplicates, 0.02*float64(w.Scale))
	})
}

// TestSeederLeaves: as soon as every piece has been out once, the swarm lives without the seeder.
func TestSeederLeaves(t *testing.T) {
	world(t, 4, 128*mib, 256<<10, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: 5 * mb})
		ps := w.StartMany(20, Spec{Up: 2 * mb, Down: 10 * mb})
		for !w.covered(ps) {
			time.Sleep(time.Second)
		}
		left := time.Since(w.started)
		copies := float64(s.Torrent.Stats().Uploaded) / float64(w.Content.Info.Length)
		s.Stop()
		w.Wait(time.Hour, ps...)
		f := w.Measure(nil, ps, seconds(20*128*mib, 5*mb+40*mb))
		t.Logf("every piece was out after %v and %.2f copies; %v", left, copies, f)
		atMost(t, "ratio", f.Ratio(), 2)
	})
}

// TestPartitionHeals: two halves, one of them without the seeder, find each other again.
func TestPartitionHeals(t *testing.T) {
	world(t, 4, 128*mib, 256<<10, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: 5 * mb})
		ps := w.StartMany(20, Spec{Up: 2 * mb, Down: 10 * mb})
		time.Sleep(15 * time.Second)
		w.Net.Partition(func(a, b netip.Addr) bool { return a.As4()[3]%2 != b.As4()[3]%2 })
		time.Sleep(5 * time.Minute)
		w.Net.Heal()
		w.Wait(time.Hour, ps...)
		f := w.Measure([]*Node{s}, ps, 0)
		t.Log(f)
		atMost(t, "minutes after the partition", (f.Last - 5*time.Minute - 15*time.Second).Minutes(), 3)
	})
}

// TestMostAreBehindNAT: four of five peers cannot be dialled.
func TestMostAreBehindNAT(t *testing.T) {
	world(t, 4, 64*mib, 256<<10, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: 5 * mb, NAT: simnet.DialOnly})
		open := w.StartMany(5, Spec{Up: 2 * mb, Down: 10 * mb})
		ps := append(open, w.StartMany(20, Spec{Up: 2 * mb, Down: 10 * mb, NAT: simnet.DialOnly})...)
		w.Wait(time.Hour, ps...)
		f := w.Measure([]*Node{s}, ps, seconds(20*64*mib, 5*2*mb)) // those behind a NAT reach the five others only
		t.Log(f)
		atMost(t, "ratio", f.Ratio(), 1.25)
	})
}

// TestSlowDisk: pieces that wait to be written hold memory, and the budget holds.
func TestSlowDisk(t *testing.T) {
	world(t, 1, 256*mib, 1<<20, near, func(t *testing.T, w *World) {
		w.Start(Spec{Seed: true, Up: 100 * mb})
		p := w.Start(Spec{Memory: 16 * mib, WriteTime: 20 * time.Millisecond})
		most := int64(0)
		for {
			if _, ok := p.Completed(); ok || time.Since(w.started) > time.Hour {
				break
			}
			time.Sleep(10 * time.Millisecond)
			m := p.Memory.Stats()
			most = max(most, m.Allocated-m.Free)
			if m.Reserved > m.Budget {
				t.Fatalf("%d bytes are reserved of %d", m.Reserved, m.Budget)
			}
		}
		w.Wait(time.Second, p)
		f := w.Measure(nil, []*Node{p}, 256*20*time.Millisecond)
		t.Logf("%v; %d MiB of blocks in use at most of 16 MiB", f, most*w.Scale>>20)
		atMost(t, "ratio", f.Ratio(), 1.2)
		atMost(t, "MiB of blocks", float64(most*w.Scale>>20), 18)
	})
}

// TestTightMemory: where memory is what holds a download up, nothing is fetched twice from a single seeder.
func TestTightMemory(t *testing.T) {
	world(t, 1, 64*mib, 256<<10, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: 25 * mb})
		p := w.Start(Spec{Memory: 4 * mib, WriteTime: 20 * time.Millisecond})
		w.Wait(time.Hour, p)
		f := w.Measure([]*Node{s}, []*Node{p}, 256*20*time.Millisecond)
		t.Log(f)
		atMost(t, "ratio", f.Ratio(), 1.2)
		atMost(t, "duplicates", f.Duplicates, 0.001)
	})
}

// TestManyPeers: two hundred at once, each with a few connections; with -long a thousand.
func TestManyPeers(t *testing.T) {
	notWithRaceDetector(t)
	counts := []int{200}
	if *long {
		counts = append(counts, 1000)
	}
	for _, n := range counts {
		world(t, 2, 16*mib, 128<<10, simnet.Path{Delay: 25 * time.Millisecond}, func(t *testing.T, w *World) {
			s := w.Start(Spec{Seed: true, Up: 2 * mb, MaxPeers: 20})
			ps := w.StartMany(n, Spec{Up: mb, Down: 4 * mb, MaxPeers: 20, Memory: 4 * mib})
			w.Wait(time.Hour, ps...)
			f := w.Measure([]*Node{s}, ps, crowdBound(16*mib, 2*mb, mb, n))
			t.Log(f)
			atMost(t, "ratio", f.Ratio(), 3)
			atMost(t, "duplicates", f.Duplicates, 0.03*float64(w.Scale))
		})
	}
}
