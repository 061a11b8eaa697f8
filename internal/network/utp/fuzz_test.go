package utp

import (
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
	"time"
)

// silent is a socket that takes everything and gives nothing.
type silent struct{ net.PacketConn }

func (silent) LocalAddr() net.Addr                             { return &net.UDPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 1} }
func (silent) WriteTo(p []byte, _ net.Addr) (n int, err error) { return len(p), nil }

// still is a Mux without goroutines, with an open connection that has sent something.
func still(from netip.AddrPort) (*Mux, *Conn) {
	m := newMux(silent{}, Options{})
	c := newConn(m, key{from, 100}, 101, open)
	c.in.ack, c.out.first, c.out.next, c.out.window = 1000, 2000, 2000, maxWindow
	m.conns[c.key] = c
	c.out.data.write(make([]byte, 50_000))
	c.emit(new(batch))
	return m, c
}

// The input is a row of packets, each after its length. A bit of the length has some fields set to what the connection expects, so
// that they are not all turned away at the door. Whatever comes, the books of the connection are right afterwards.
func FuzzPacket(f *testing.F) {
	add := func(ps ...packet) {
		var in []byte
		for _, p := range ps {
			b := make([]byte, p.size())
			copy(b[p.put(b):], p.payload)
			in = append(binary.BigEndian.AppendUint16(in, 0x8000|uint16(len(b))), b...)
		}
		f.Add(in)
	}
	add(packet{kind: kindState, seq: 1001, ack: 2001, window: 5000, sack: []byte{0xff, 0, 0, 1}})
	add(packet{kind: kindData, seq: 2, ack: 0, payload: []byte("hello")}, packet{kind: kindData, seq: 1, payload: []byte("oh")})
	add(packet{kind: kindFin, seq: 1}, packet{kind: kindReset, ack: 2000})
	add(packet{kind: kindSyn, id: 7})
	from := netip.MustParseAddrPort("10.0.0.2:2")
	f.Fuzz(func(t *testing.T, in []byte) {
		m, c := still(from)
		defer m.end()
		now := m.now()
		for len(in) > 2 {
			n := binary.BigEndian.Uint16(in)
			p := append([]byte(nil), in[2:2+min(int(n&0x7ff), len(in)-2)]...)
			in = in[2+len(p):]
			if n&0x8000 != 0 && len(p) >= headerSize {
				p[0] = p[0]&0x70%0x50 | version
				binary.BigEndian.PutUint16(p[2:], c.key.id)
				binary.BigEndian.PutUint16(p[16:], 1000+binary.BigEndian.Uint16(p[16:])%0x1000)
				binary.BigEndian.PutUint16(p[18:], 2000+binary.BigEndian.Uint16(p[18:])%0x40)
			}
			if len(p) == 0 {
				continue
			}
			m.packet(p, from, now)
			now += time.Duration(n) * time.Microsecond
			c.emit(new(batch))
			audit(t, c)
		}
	})
}

// audit checks what must hold between the numbers of a connection.
func audit(t *testing.T, c *Conn) {
	t.Helper()
	o, in := &c.out, &c.in
	if c.state != dead {
		flying, missing, bytes := 0, 0, 0
		for seq := o.first; seq != o.next; seq++ {
			s := o.at(seq)
			bytes += s.size
			switch s.fate {
			case inFlight:
				flying += s.weight()
			case lost:
				missing++
			}
		}
		if flying != o.flying || missing != o.lost || bytes != o.unacknowledged() || o.waiting() < 0 {
			t.Fatalf("flying %d, want %d; lost %d, want %d; unacknowledged %d, want %d; waiting %d",
				o.flying, flying, o.lost, missing, o.unacknowledged(), bytes, o.waiting())
		}
	}
	count, bytes := 0, 0
	for _, e := range in.early {
		if e.full {
			count++
			bytes += len(e.data)
		}
	}
	if count != in.earlyCount || bytes != in.earlyBytes || in.stored() > 2*maxWindow {
		t.Fatalf("early %d, want %d; bytes %d, want %d; stored %d", in.earlyCount, count, in.earlyBytes, bytes, in.stored())
	}
	if held := c.mux.held.Load(); held < 0 || c.state == open && len(c.mux.conns) == 1 && held != int64(in.stored()) {
		t.Fatalf("%d bytes are held, %d stored", held, in.stored())
	}
	if c.flow.window < c.flow.packet || c.flow.window > mostInAir {
		t.Fatalf("window %f", c.flow.window)
	}
}
