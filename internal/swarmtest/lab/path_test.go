package lab

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"
)

func TestPathDelays(t *testing.T) {
	e := &pathEnd{path: Path{Delay: 50 * time.Millisecond}, rand: rand.New(rand.NewPCG(1, 2))}
	now := time.Unix(1000, 0)
	if at, ok := e.schedule(now, 1500); !ok || at.Sub(now) != 50*time.Millisecond {
		t.Errorf("%v, %v", at.Sub(now), ok)
	}
}

func TestPathLoses(t *testing.T) {
	e := &pathEnd{path: Path{Loss: 0.01}, rand: rand.New(rand.NewPCG(1, 2))}
	lost := 0
	for range 100_000 {
		if _, ok := e.schedule(time.Unix(1000, 0), 1500); !ok {
			lost++
		}
	}
	if lost < 900 || lost > 1100 {
		t.Errorf("%d of 100000 lost", lost)
	}
}

// What is sent at once waits in the queue, as much as fits in.
func TestPathHasARate(t *testing.T) {
	e := &pathEnd{path: Path{Delay: time.Millisecond, Rate: 1_000_000, Queue: 10_000}, rand: rand.New(rand.NewPCG(1, 2))}
	now := time.Unix(1000, 0)
	for i := range 12 {
		at, ok := e.schedule(now, 1000)
		if ok != (i < 10) {
			t.Errorf("packet %d: %v", i, ok)
		}
		if want := time.Duration(i+2) * time.Millisecond; ok && at.Sub(now) != want {
			t.Errorf("packet %d: after %v, want %v", i, at.Sub(now), want)
		}
	}
	if at, ok := e.schedule(now.Add(time.Second), 1000); !ok || at.Sub(now) != 1002*time.Millisecond {
		t.Errorf("a second later: %v, %v", at.Sub(now), ok)
	}
}

func TestDestination(t *testing.T) {
	four := append([]byte{0x45}, make([]byte, 19)...)
	copy(four[16:], []byte{10, 79, 0, 2})
	six := append([]byte{0x60}, make([]byte, 39)...)
	six[39] = 1
	for _, c := range []struct {
		packet []byte
		want   string
	}{{four, "10.79.0.2"}, {six, "::1"}} {
		if got := destination(c.packet); got != netip.MustParseAddr(c.want) {
			t.Errorf("%v, want %s", got, c.want)
		}
	}
	if got := destination([]byte{0x45}); got.IsValid() {
		t.Errorf("%v of a packet that is cut", got)
	}
}
