package scenario

import (
	"net/netip"
	"testing"
	"time"
)

// TestChurn: every minute half of the peers are replaced; those who stay until they are complete get there.
func TestChurn(t *testing.T) {
	notWithRaceDetector(t)
	world(t, 4, 256*mib, 512<<10, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: 3 * mb})
		kind := Spec{Up: mb, Down: 10 * mb, Leave: true}
		loyal := w.StartMany(6, Spec{Up: mb, Down: 10 * mb})
		passing := w.StartMany(12, kind)
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
			for _, i := range w.rand.Perm(len(passing))[:len(passing)/2] {
				passing[i].Stop()
				passing[i] = w.Start(kind)
			}
			t.Logf("minute %d: %d of %d loyal peers are not complete", minute+1, left, len(loyal))
		}
		w.Wait(time.Minute, loyal...)
		f := w.Measure([]*Node{s}, loyal, seconds(18*256*mib, 3*mb+18*mb))
		w.record("", f)
		atMost(t, "ratio", f.Ratio(), 2)
		atMost(t, "duplicates", f.Duplicates, 0.02*float64(w.Scale))
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
		// What came before the partition counts for nothing, half the swarm had nothing to trade during it.
		f := w.Measure([]*Node{s}, ps, 5*time.Minute+15*time.Second)
		w.record("", f)
		atMost(t, "minutes after the partition", (f.Last - f.Bound).Minutes(), 1)
	})
}
