package ui

import (
	"fmt"
	"io"
	"testing"
)

// BenchmarkFrame is what a frame of bars costs, five of them a second.
func BenchmarkFrame(b *testing.B) {
	for _, rows := range []int{1, 20, 1000} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			x := NewIO(Options{Err: io.Discard, Getenv: utf8Locale, Terminal: &Terminal{ErrTTY: true, Size: func() (int, int) { return 120, 40 }}})
			p := x.Progress(ProgressOptions{})
			defer p.Close()
			done := int64(0)
			for i := range rows {
				p.Add(func() Row {
					return Row{Name: fmt.Sprintf("file %03d ü.iso", i), Phase: Downloading, Done: done, Total: 1 << 40, Peers: 5}
				})
			}
			for b.Loop() {
				done += 1 << 20
				p.show()
			}
		})
	}
}
