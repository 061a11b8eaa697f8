package view

import (
	"io"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/ui"
)

// large has as many pieces as there may be, and a full house of peers.
type large struct{ many }

func (large) Detail(string) Detail {
	d := Detail{Pieces: make([]Cell, MaxCells)}
	for range 200 {
		d.Peers = append(d.Peers, Peer{Address: "192.0.2.1:6881", Client: "client", Flags: "DU", Down: 5})
	}
	return d
}

// BenchmarkFrame is what is asked and worked out for a frame of the view: four of them a second, of which
// each fourth asks for details.
func BenchmarkFrame(b *testing.B) {
	x := ui.NewIO(ui.Options{Err: io.Discard, Terminal: &ui.Terminal{InTTY: true, ErrTTY: true}, Getenv: func(string) string { return "C.UTF-8" }})
	v := New(x, large{1000})
	at := time.Now()
	for b.Loop() {
		at = at.Add(frameInterval)
		v.state.pull(at)
		v.state.pieceLines(100, 30)
	}
}
