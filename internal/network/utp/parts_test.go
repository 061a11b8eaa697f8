package utp

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"
)

func TestHeader(t *testing.T) {
	p := packet{kind: kindState, id: 1, stamp: 2, delay: 3, window: 4, seq: 5, ack: 6, sack: []byte{1, 2, 3, 4}, payload: []byte("data")}
	b := make([]byte, p.size())
	copy(b[p.put(b):], p.payload)
	want := []byte{0x21, 1, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 5, 0, 6, 0, 4, 1, 2, 3, 4, 'd', 'a', 't', 'a'}
	if !bytes.Equal(b, want) {
		t.Errorf("% x", b)
	}
	got, ok := parse(b)
	if !ok || got.kind != p.kind || got.id != 1 || got.stamp != 2 || got.delay != 3 || got.window != 4 || got.seq != 5 || got.ack != 6 ||
		!bytes.Equal(got.sack, p.sack) || !bytes.Equal(got.payload, p.payload) {
		t.Errorf("%+v, %v", got, ok)
	}

	// Extensions that are not known are passed over, those that are not whole refused.
	head := append([]byte{0x01, 7}, make([]byte, 18)...)
	for _, tt := range []struct {
		rest string
		ok   bool
		data string
	}{
		{"\x00\x03abcdata", true, "data"}, {"\x09\x01a\x00\x00data", true, "data"}, {"\x00\x00", true, ""},
		{"\x00\x03ab", false, ""}, {"\x00", false, ""}, {"", false, ""}, {"\x09\x01a", false, ""},
	} {
		p, ok := parse(append(bytes.Clone(head), tt.rest...))
		if ok != tt.ok || ok && string(p.payload) != tt.data {
			t.Errorf("%q: %q, %v", tt.rest, p.payload, ok)
		}
	}
}

func TestIsUTP(t *testing.T) {
	for b, want := range map[string]bool{
		"\x01": true, "\x11": true, "\x21": true, "\x31": true, "\x41": true,
		"\x51": false, "\x02": false, "\x00": false, "d": false, "\xff": false,
	} {
		if got := isUTP(append([]byte(b), make([]byte, headerSize-1)...)); got != want {
			t.Errorf("%x: %v", b, got)
		}
		if isUTP([]byte(b)) {
			t.Errorf("%x alone", b)
		}
	}
}

// A fifo gives what it was given, and holds no more memory than that needs.
func TestFifo(t *testing.T) {
	f := fifo{pool: new(chunkPool)}
	var want []byte
	r := rand.New(rand.NewPCG(1, 1))
	for range 3000 {
		switch r.IntN(3) {
		case 0:
			p := make([]byte, r.IntN(3*chunkSize))
			for i := range p {
				p[i] = byte(r.Uint32())
			}
			f.write(p)
			want = append(want, p...)
		case 1:
			p := make([]byte, r.IntN(4*chunkSize))
			n := f.read(p)
			if n != min(len(p), len(want)) || !bytes.Equal(p[:n], want[:n]) {
				t.Fatal("read something else")
			}
			want = want[n:]
		case 2:
			if len(want) > 0 {
				at := r.IntN(len(want))
				p := make([]byte, r.IntN(len(want)-at)+1)
				if f.peek(at, p); !bytes.Equal(p, want[at:at+len(p)]) {
					t.Fatal("peeked at something else")
				}
			}
		}
		if f.n != len(want) || len(f.chunks) > f.n/chunkSize+2 || f.n == 0 && len(f.chunks) > 0 {
			t.Fatalf("%d bytes in %d chunks, want %d", f.n, len(f.chunks), len(want))
		}
	}
}

// Samples wrap around, and only what is above the smallest counts.
func TestDelays(t *testing.T) {
	for _, base := range []uint32{0, 1 << 31, 0xffffffff - 5000} {
		var d delays
		if d.queueing() != 0 {
			t.Error("a delay before the first sample")
		}
		for i, s := range []uint32{30_000, 10_000, 50_000, 60_000, 70_000, 55_000} {
			d.add(base+s, time.Duration(i)*time.Second)
		}
		if got := d.queueing(); got != 40*time.Millisecond {
			t.Errorf("base %d: %v", base, got)
		}
	}
}

// The path may become slower: what was fastest long ago is forgotten.
func TestDelaysForget(t *testing.T) {
	var d delays
	d.add(1000, 0)
	for now := time.Duration(0); now < (history+2)*period; now += time.Second {
		d.add(50_000, now)
		if now > time.Minute && now < (history-1)*period && d.queueing() != 49*time.Millisecond {
			t.Fatalf("after %v: %v", now, d.queueing())
		}
	}
	if got := d.queueing(); got != 0 {
		t.Error(got)
	}
}

// A clock that is slower than the other one does not look like a queue.
func TestDrift(t *testing.T) {
	var ours, theirs delays
	var most time.Duration
	for now := time.Duration(0); now < 30*time.Minute; now += 100 * time.Millisecond {
		drift := uint32(now / 5000 / time.Microsecond) // 200 microseconds a second
		before, known := theirs.base(), theirs.known > 0
		theirs.add(100_000-drift, now)
		if known {
			ours.drifted(before, theirs.base())
		}
		ours.add(500_000+drift, now)
		most = max(most, ours.queueing())
	}
	if most > 5*time.Millisecond {
		t.Errorf("%v of delay that is none", most)
	}
}

func TestRoundTrip(t *testing.T) {
	var r roundTrip
	if got := r.timeout(); got != time.Second {
		t.Error(got)
	}
	for range 50 {
		r.add(100 * time.Millisecond)
	}
	if got := r.timeout(); got != minTimeout || r.smooth != 100*time.Millisecond {
		t.Error(got, r.smooth)
	}
	for i := range 50 {
		r.add(time.Duration(i%2+1) * time.Second)
	}
	if got := r.timeout(); got < 2*time.Second || got > 5*time.Second {
		t.Error(got)
	}
	r.backoff = 60
	if got := r.timeout(); got != maxTimeout {
		t.Error(got)
	}
}

// Packets to one address that are of one size go together, a shorter one at the end.
func TestBatch(t *testing.T) {
	var b batch
	a1 := newWire(path{}).socket(1).addr
	a2 := newWire(path{}).socket(2).addr
	for _, p := range []struct {
		to   int
		size int
	}{{1, 100}, {1, 100}, {1, 50}, {1, 50}, {1, 100}, {2, 100}, {2, 100}, {1, 100}} {
		to := a1
		if p.to == 2 {
			to = a2
		}
		b.packet(to, p.size)
	}
	want := [][2]int{{250, 100}, {50, 50}, {100, 100}, {200, 100}, {100, 100}}
	for i, g := range b.groups {
		if i >= len(want) || g.end-g.begin != want[i][0] || g.segment != want[i][1] {
			t.Errorf("group %d: %d bytes of %d", i, g.end-g.begin, g.segment)
		}
	}
	b = batch{}
	for range maxSegments + 1 {
		b.packet(a1, 1000)
	}
	if len(b.groups) != 2 {
		t.Errorf("%d groups", len(b.groups))
	}
}

// Paths remember a bounded number of addresses.
func TestPaths(t *testing.T) {
	m := newMux(silent{}, Options{})
	w := newWire(path{})
	for i := range 2 * maxPaths {
		addr := w.socket(byte(i)).addr.Addr()
		for range i % 7 {
			addr = addr.Next()
		}
		m.paths.shrink(addr, sizes[0])
	}
	if n := len(m.paths.small); n > maxPaths {
		t.Errorf("%d addresses", n)
	}
	addr := w.socket(9).addr.Addr()
	for i := range sizes {
		m.paths.small[addr] = i
		if got := m.paths.size(addr); got != sizes[i] {
			t.Error(got)
		}
		if m.paths.shrink(addr, sizes[i]) != (i+1 < len(sizes)) {
			t.Error("shrink", sizes[i])
		}
	}
}

// sending is an outflow with so many packets under way.
func sending(n int) *outflow {
	o := &outflow{data: fifo{pool: new(chunkPool)}, reorder: reordering, first: 65530, next: 65530}
	o.data.write(make([]byte, n*100))
	for range n {
		o.ship(kindData, 100, 0)
	}
	return o
}

func TestAcknowledge(t *testing.T) {
	tests := []struct {
		name string
		ack  uint16 // beyond the packet before the first
		sack []byte
		left int // outstanding
		lost int
	}{
		{"nothing", 0, nil, 100, 0},
		{"the first ten", 10, nil, 90, 0},
		{"all", 100, nil, 0, 0},
		{"one overtaken by two", 10, []byte{0b11, 0, 0, 0}, 90, 0},
		{"one overtaken by three", 10, []byte{0b111, 0, 0, 0}, 90, 1},
		{"some overtaken by one, three behind", 10, []byte{0, 0, 1, 0}, 90, 15},
		{"what came lies beyond the mask", 10, []byte{0, 0, 0, 0}, 90, 31},
		{"a mask that says more than was sent", 90, []byte{255, 255, 255, 255, 255}, 10, 1},
		{"an old one", 0, []byte{255, 0, 0, 0}, 100, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := sending(100)
			p := packet{ack: o.first - 1 + tt.ack, sack: tt.sack}
			if !o.believable(p.ack) {
				t.Fatal("not believed")
			}
			o.acknowledge(&p, time.Second, 0)
			o.findLost()
			if o.outstanding() != tt.left || o.lost != tt.lost {
				t.Errorf("%d outstanding, %d lost; want %d, %d", o.outstanding(), o.lost, tt.left, tt.lost)
			}
			for n := 0; o.lost > 0; n++ {
				s, seq := o.nextLost()
				if want := o.first + uint16(n); seq != want {
					t.Errorf("%d is sent again, want %d", seq, want)
				}
				o.sent(s, time.Second)
			}
		})
	}
	o := sending(10)
	for _, ack := range []uint16{10, 11, 1000, 0x7fff, 0x8000, ^uint16(staleAcks) - 1} {
		if ack += o.first; o.believable(ack) {
			t.Errorf("%d is believed", int16(ack-o.first))
		}
	}
}

// What went without pacing is no debt when the path becomes longer.
func TestPacer(t *testing.T) {
	f := newCongestion(1372)
	f.quick, f.window = false, 1e6
	var p pacer
	now := time.Duration(0)
	for range 100_000 {
		if p.wait(now, 1372, &f, time.Millisecond) > 0 {
			t.Fatal("paced on a short path")
		}
		p.spend(1372)
	}
	sent := 0
	for end := now + time.Second; now < end; {
		if d := p.wait(now, 1372, &f, 100*time.Millisecond); d > 0 {
			if d > 10*time.Millisecond {
				t.Fatal("waits", d)
			}
			now += d
			continue
		}
		p.spend(1372)
		sent += 1372
	}
	if want := int(paceSteady * 1e7); sent < want*98/100 || sent > want*102/100 {
		t.Errorf("%d bytes in a second, want %d", sent, want)
	}
}
