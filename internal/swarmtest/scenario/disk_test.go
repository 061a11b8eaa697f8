package scenario

import (
	"testing"
	"time"
)

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
		t.Logf("%d MiB of blocks in use at most of 16 MiB", most*w.Scale>>20)
		w.record("", f)
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
		w.record("", f)
		atMost(t, "ratio", f.Ratio(), 1.2)
		atMost(t, "duplicates", f.Duplicates, 0.001)
	})
}
