package view

import (
	"io"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/ui"
)

// large is a torrent of as many pieces as there may be, with a full house of peers.
type large struct{ many }

func (large) Detail(string) Detail {
	d := Detail{Pieces: Pieces{Total: 2_097_152, Have: make([]byte, 2_097_152/8), Available: make([]uint16, 2_097_152)}}
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
		v.state.mapped(5000)
	}
}
