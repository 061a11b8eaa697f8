package swarm

import "testing"

// sent is what goes out where every peer takes so much and the line lets so much through.
func sent(slots int, each, line int64) int64 { return min(int64(slots)*each, line) }

func TestSlotsFindTheLine(t *testing.T) {
	for _, c := range []struct {
		name       string
		each, line int64
		waiting    bool
		least      int
		most       int
	}{
		{"peers that take little", 1 << 20, 100 << 20, true, 64, mostSlots},
		{"one could fill the line", 10 << 20, 10 << 20, true, usualSlots, usualSlots},
		{"nobody waits", 1 << 20, 100 << 20, false, usualSlots, usualSlots},
		{"a slow line", 1 << 20, 20 << 10, true, leastSlots, 6},
		{"everybody is served before the line is full", 10 << 10, 1 << 30, true, mostSlots / 2, mostSlots},
	} {
		var s slots
		n := s.adapt(0, c.waiting, 0)
		low, high := mostSlots, 0
		for i := range 300 {
			n = s.adapt(sent(n, c.each, c.line), c.waiting, 0)
			if i > 100 && s.trial == none {
				low, high = min(low, n), max(high, n)
			}
		}
		if low < c.least || high > c.most {
			t.Errorf("%s: between %d and %d slots, want %d to %d", c.name, low, high, c.least, c.most)
		}
	}
}

// What rises by itself raises nothing.
func TestSlotsWhileTheSwarmBegins(t *testing.T) {
	var s slots
	n := s.adapt(0, true, 0)
	for i := range 20 {
		n = s.adapt(int64(1000+i*1000)<<10, true, 0)
	}
	for range 3 {
		n = s.adapt(20_000<<10, true, 0)
	}
	if n != usualSlots && s.trial == none {
		t.Errorf("%d slots", n)
	}
}

// What was raised by chance comes down again.
func TestSlotsComeDown(t *testing.T) {
	s := slots{n: 40}
	for range 200 {
		s.adapt(5000<<10, true, 0)
	}
	if s.trial == none && s.n > usualSlots+4 || s.trial != none && s.before > usualSlots+4 {
		t.Errorf("%d slots", s.n)
	}
}

// Where a limit is what holds the rate down, nothing is tried.
func TestSlotsUnderALimit(t *testing.T) {
	var s slots
	n := s.adapt(0, true, 1<<20)
	for range 100 {
		n = s.adapt(sent(n, 1<<20, 1<<20), true, 1<<20)
		if n != usualSlots {
			t.Fatal(n)
		}
	}
}
