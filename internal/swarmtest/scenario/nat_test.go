package scenario

import (
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/simnet"
)

// TestMostAreBehindNAT: four of five peers cannot be dialled.
func TestMostAreBehindNAT(t *testing.T) {
	world(t, 4, 64*mib, 256<<10, near, func(t *testing.T, w *World) {
		s := w.Start(Spec{Seed: true, Up: 5 * mb, NAT: simnet.DialOnly})
		open := w.StartMany(5, Spec{Up: 2 * mb, Down: 10 * mb})
		ps := append(open, w.StartMany(20, Spec{Up: 2 * mb, Down: 10 * mb, NAT: simnet.DialOnly})...)
		w.Wait(time.Hour, ps...)
		f := w.Measure([]*Node{s}, ps, seconds(20*64*mib, 5*2*mb)) // those behind a NAT reach the five others only
		w.record("", f)
		atMost(t, "ratio", f.Ratio(), 1.25)
	})
}
