package scenario

import (
	"net/netip"
	"slices"
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

// TestHolesArePunched: of those who cannot be dialled, peers behind cones reach each other with the help of a few open ones, and
// most of the swarm trades directly. Who is behind a symmetric NAT reaches the open ones only.
func TestHolesArePunched(t *testing.T) {
	world(t, 4, 64*mib, 256<<10, near, func(t *testing.T, w *World) {
		spec := Spec{Up: 2 * mb, Down: 10 * mb, Punch: true}
		s := w.Start(Spec{Seed: true, Up: 5 * mb, NAT: simnet.Cone, Punch: true})
		open := w.StartMany(3, spec)
		spec.NAT = simnet.Cone
		cones := w.StartMany(14, spec)
		spec.NAT = simnet.Symmetric
		symmetric := w.StartMany(3, spec)
		w.waitForHalf(time.Hour, cones)
		got, not := between(cones, cones), between(symmetric, cones)
		t.Logf("connections to peers behind cones: %.1f of a cone, %.1f of a symmetric one", got, not)
		if got < 4 || not > 0 {
			t.Errorf("a cone is connected to %.1f others, a symmetric one to %.1f cones", got, not)
		}
		ps := slices.Concat(open, cones, symmetric)
		w.Wait(time.Hour, ps...)
		f := w.Measure([]*Node{s}, ps, seconds(20*64*mib, 5*mb+20*2*mb))
		w.record("", f)
		atMost(t, "ratio", f.Ratio(), 2.5)
	})
}

// between is how many connections to some peers others have: the mean.
func between(from, to []*Node) float64 {
	addrs := map[netip.Addr]bool{}
	for _, o := range to {
		addrs[o.Host.Addr()] = true
	}
	n := 0
	for _, o := range from {
		for _, p := range o.Torrent.Peers() {
			if addrs[p.Addr.Addr()] {
				n++
			}
		}
	}
	return float64(n) / float64(len(from))
}
