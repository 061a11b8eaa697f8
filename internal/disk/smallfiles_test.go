package disk

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// BenchmarkSmallFiles writes 10,000 files of 16 KiB, up to their final names.
func BenchmarkSmallFiles(b *testing.B) {
	var entries []entry
	for i := range 10_000 {
		entries = append(entries, entry{fmt.Sprintf("folder%d/file%d", i/500, i), 16 << 10})
	}
	benchmarkFiles(b, makeContent(b, "n", benchPiece, entries...))
}

// BenchmarkOneFile writes one file of the same size.
func BenchmarkOneFile(b *testing.B) {
	benchmarkFiles(b, makeContent(b, "n", benchPiece, entry{"", 10_000 * (16 << 10)}))
}

func benchmarkFiles(b *testing.B, c *content) {
	b.SetBytes(int64(len(c.data)))
	b.ReportAllocs()
	base := fastDir(b)
	cpu := newCPUMeter()
	for b.Loop() {
		b.StopTimer()
		cpu.stop()
		os.RemoveAll(base)
		r := newRigAt(b, filepath.Join(base, "d"), filepath.Join(base, "s"), PoolOptions{})
		cpu.start()
		b.StartTimer()
		s, _ := r.open(c, r.options())
		window := make(chan struct{}, 16)
		var all sync.WaitGroup
		for p := range c.info.NumPieces() {
			window <- struct{}{}
			all.Add(1)
			s.Write(p, r.blocks(c.piece(p)), func(x Result) {
				if x.Err != nil || !x.Good {
					b.Error(x)
				}
				<-window
				all.Done()
			})
		}
		all.Wait()
		r.settle(s)
		r.close(s)
	}
	cpu.report(b, int64(len(c.data)))
}
