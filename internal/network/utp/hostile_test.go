package utp

import (
	"errors"
	"io"
	"math/rand/v2"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// raw sends a packet from any end.
func raw(e *end, to netip.AddrPort, p packet) {
	b := make([]byte, p.size())
	copy(b[p.put(b):], p.payload)
	e.w.send(e, to, b)
}

// A flood of requests for connections that lead nowhere takes bounded memory, and is forgotten. Who means it gets through.
func TestSynFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(path{delay: 10 * time.Millisecond})
		a, b := pair(t, w)
		attacker := w.socket(66)
		stop := time.Now().Add(30 * time.Second)
		go func() {
			for i := 0; time.Now().Before(stop); i++ {
				attacker.addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte{66, byte(i >> 16), byte(i >> 8), byte(i)}), 1)
				raw(attacker, b.conn.(*end).addr, packet{kind: kindSyn, id: uint16(i), seq: 1})
				time.Sleep(time.Millisecond)
			}
		}()
		time.Sleep(5 * time.Second)
		b.mu.Lock()
		if len(b.conns) != maxHalf || len(b.half) != maxHalf {
			t.Errorf("%d connections, %d half open", len(b.conns), len(b.half))
		}
		b.mu.Unlock()
		for range 10 { // one that means it may be among those that had to go
			ca, err := a.Dial(t.Context(), b.conn.(*end).addr)
			if err != nil {
				t.Fatal(err)
			}
			ca.Write([]byte{1})
			time.Sleep(time.Second)
			if len(b.incoming) > 0 {
				cb, _ := b.Accept()
				cb.Read(make([]byte, 1))
				exchange(t, 100_000, ca, cb)
				break
			}
			ca.Close()
		}
		time.Sleep(time.Minute)
		b.mu.Lock()
		if len(b.conns) != 1 || len(b.half) != 0 {
			t.Errorf("%d connections, %d half open are left", len(b.conns), len(b.half))
		}
		b.mu.Unlock()
	})
}

// Packets of a stranger who knows addresses and numbers of the connection, but not where it stands, do nothing.
func TestSpoofed(t *testing.T) {
	bubble(t, path{delay: 10 * time.Millisecond}, func(t *testing.T, w *wire, ca, cb *Conn) {
		exchange(t, 10_000, ca, cb)
		time.Sleep(time.Second)
		ca.mu.Lock()
		next, ack := ca.out.next, ca.in.ack
		ca.mu.Unlock()
		from := w.ends[ca.Remote()]
		send := func(k kind, seq, ackNr uint16) {
			raw(from, cb.Remote(), packet{kind: k, id: ca.key.id, seq: seq, ack: ackNr, window: 1 << 20, payload: []byte("spoofed")})
		}
		for off := uint16(20); off < 0xf000; off += 97 {
			send(kindReset, 0, next+off)
			if off > staleAcks && off < 0xffff-staleAcks {
				send(kindData, ack+1, next+off)
				send(kindFin, ack+1, next+off)
				send(kindState, ack+1, next+off)
			}
			send(kindSyn, ack+off, next)
		}
		time.Sleep(time.Second)
		exchange(t, 10_000, ca, cb)

		// The reset that the other side would send is one that counts.
		send(kindReset, 0, ca.out.next-1)
		if _, err := ca.Read(make([]byte, 1)); !errors.Is(err, ErrReset) {
			t.Error(err)
		}
	})
}

// A SYN that comes twice is one connection, and one for a number in use does not disturb it.
func TestSynTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(path{delay: 10 * time.Millisecond, double: 1})
		a, b := pair(t, w)
		ca, cb := connect(t, a, b)
		exchange(t, 10_000, ca, cb)
		expectConns(t, 1, a, b)
		raw(w.ends[cb.Remote()], ca.Remote(), packet{kind: kindSyn, id: ca.key.id, seq: 77})
		exchange(t, 10_000, ca, cb)
		expectConns(t, 1, a, b)
	})
}

// The other side may send what it likes: the memory that it can take is bounded.
func TestGreedySender(t *testing.T) {
	bubble(t, path{delay: time.Millisecond}, func(t *testing.T, w *wire, ca, cb *Conn) {
		from := w.ends[ca.Remote()]
		base := packet{kind: kindData, id: ca.key.id, ack: ca.out.next - 1, window: 1 << 20}
		// Everything but the next one, small and large, then ends of the stream in several places.
		for off := 2; off < 0x8000; off++ {
			p := base
			p.seq = ca.in.ack + uint16(off)
			p.payload = make([]byte, off%3*700)
			raw(from, cb.Remote(), p)
		}
		time.Sleep(time.Second)
		ca.mu.Lock()
		if n := ca.in.stored(); n > maxWindow+2*maxEarly*slotSize || ca.in.earlyCount > maxEarly {
			t.Errorf("%d bytes, %d packets are stored", n, ca.in.earlyCount)
		}
		ca.mu.Unlock()
		p := base
		p.seq = ca.in.ack + 1
		raw(from, cb.Remote(), p)
		for off := uint16(1); off < 5000; off += 500 {
			p.kind, p.seq = kindFin, ca.in.ack+1+off
			raw(from, cb.Remote(), p)
		}
		time.Sleep(time.Second)
		ca.mu.Lock()
		if held := ca.mux.held.Load(); held != int64(ca.in.stored()) || held > 2*maxWindow {
			t.Errorf("%d bytes are counted, %d stored", held, ca.in.stored())
		}
		ca.mu.Unlock()
		ca.Close()
		if held := ca.mux.held.Load(); held != 0 {
			t.Errorf("%d bytes are counted", held)
		}
	})
}

// When all connections together hold too much, each may send little.
func TestHoldsTooMuch(t *testing.T) {
	bubble(t, path{delay: time.Millisecond}, func(t *testing.T, w *wire, ca, cb *Conn) {
		cb.mux.held.Add(maxHeld + 1)
		ca.SetWriteDeadline(time.Now().Add(10 * time.Second))
		n, _ := ca.Write(make([]byte, 1<<20))
		time.Sleep(time.Second)
		if held := cb.mux.held.Load() - maxHeld - 1; held > tightWindow+maxWindow/4 {
			t.Errorf("%d bytes are held", held)
		}
		cb.mux.held.Add(-maxHeld - 1)
		cb.SetReadDeadline(time.Now().Add(time.Minute))
		if got, err := io.ReadFull(cb, make([]byte, n)); err != nil {
			t.Errorf("%d bytes of %d came: %v", got, n, err)
		}
	})
}

// Answers to packets that belong to nothing are limited, and resets are never answered.
func TestStrays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire(path{delay: 10 * time.Millisecond})
		_, b := pair(t, w)
		e := w.socket(66)
		for i := range 1000 {
			raw(e, b.conn.(*end).addr, packet{kind: kind(i % 4), id: uint16(i)})
		}
		time.Sleep(500 * time.Millisecond)
		if _, n := b.conn.(*end).traffic(); n != maxResets {
			t.Errorf("%d answers", n)
		}
		e.mu.Lock()
		p, ok := parse(e.row[0].data)
		e.mu.Unlock()
		if !ok || p.kind != kindReset || p.id != 0 {
			t.Errorf("%+v", p)
		}
	})
}

// Garbage in place of packets, now and then, in a transfer.
func TestGarbage(t *testing.T) {
	bubble(t, path{delay: 10 * time.Millisecond}, func(t *testing.T, w *wire, ca, cb *Conn) {
		from := w.ends[ca.Remote()]
		r := rand.New(rand.NewPCG(3, 4))
		go func() {
			for range 5000 {
				b := make([]byte, r.IntN(60))
				for i := range b {
					b[i] = byte(r.Uint32())
				}
				if len(b) > 0 {
					b[0] = byte(r.IntN(5))<<4 | 1
				}
				w.send(from, cb.Remote(), b)
				time.Sleep(time.Millisecond)
			}
		}()
		exchange(t, 8<<20, ca, cb)
		time.Sleep(10 * time.Second)
	})
}
