package utp

import (
	"errors"
	"io"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// queueOf watches the delay in the queue of an end's uplink, and returns its mean in the span from now.
func queueOf(w *wire, e *end, span time.Duration) time.Duration {
	var sum time.Duration
	const n = 200
	for range n {
		time.Sleep(span / n)
		w.mu.Lock()
		sum += max(0, time.Until(e.busy))
		w.mu.Unlock()
	}
	return sum / n
}

// A transfer fills the queue at a bottleneck for the target delay, not more, however deep it is.
func TestTarget(t *testing.T) {
	for _, rate := range []int{100e3, 1e6, 3e6} {
		bubble(t, path{delay: 25 * time.Millisecond, rate: rate, deep: 64 << 20}, func(t *testing.T, w *wire, ca, cb *Conn) {
			go io.Copy(io.Discard, struct{ io.Reader }{cb})
			go io.Copy(struct{ io.Writer }{ca}, stream(1, 1<<40))
			time.Sleep(10 * time.Second)
			before, _ := w.ends[cb.Remote()].traffic()
			mean := queueOf(w, w.ends[cb.Remote()], 10*time.Second)
			after, _ := w.ends[cb.Remote()].traffic()
			used := float64(after-before) / 10 / float64(rate)
			t.Logf("%d bytes/s: %v in the queue, %.0f %% used", rate, mean, 100*used)
			if mean < target/2 || mean > target*3/2 || used < 0.9 {
				t.Errorf("%d bytes/s: %v in the queue, %.0f %% used", rate, mean, 100*used)
			}
			ca.Close()
		})
	}
}

// Others who fill the queue further than that have the path to themselves.
func TestGivesWay(t *testing.T) {
	const rate = 1e6
	bubble(t, path{delay: 25 * time.Millisecond, rate: rate, deep: 64 << 20}, func(t *testing.T, w *wire, ca, cb *Conn) {
		go io.Copy(io.Discard, struct{ io.Reader }{cb})
		go io.Copy(struct{ io.Writer }{ca}, stream(1, 1<<40))
		e := w.ends[cb.Remote()]
		share := func(span time.Duration) float64 {
			before, _ := e.traffic()
			time.Sleep(span)
			after, _ := e.traffic()
			return float64(after-before) / span.Seconds() / rate
		}
		time.Sleep(10 * time.Second)
		alone := share(10 * time.Second)
		stop := time.Now().Add(20 * time.Second)
		go func() { // somebody keeps a quarter of a second in the queue
			for time.Now().Before(stop) {
				w.mu.Lock()
				if least := time.Now().Add(250 * time.Millisecond); e.busy.Before(least) {
					e.busy = least
				}
				w.mu.Unlock()
				time.Sleep(5 * time.Millisecond)
			}
		}()
		time.Sleep(10 * time.Second)
		beside := share(10 * time.Second)
		time.Sleep(10 * time.Second)
		again := share(10 * time.Second)
		t.Logf("alone %.2f, beside another %.3f, again alone %.2f", alone, beside, again)
		if alone < 0.9 || beside > 0.05 || again < 0.9 {
			t.Errorf("alone %.2f, beside another %.3f, again alone %.2f", alone, beside, again)
		}
		ca.Close()
	})
}

// A reader that stops holds its side up for as long as it likes, and goes on where it was, even if the word that there is room
// again gets lost.
func TestReaderStops(t *testing.T) {
	const size = 5 << 20
	for _, lossy := range []bool{false, true} {
		bubble(t, path{delay: 25 * time.Millisecond}, func(t *testing.T, w *wire, ca, cb *Conn) {
			wrote := make(chan error, 1)
			go func() {
				_, err := io.Copy(struct{ io.Writer }{ca}, stream(1, size))
				wrote <- err
			}()
			time.Sleep(10 * time.Second)
			_, before := w.ends[cb.Remote()].traffic()
			time.Sleep(10 * time.Minute)
			_, after := w.ends[cb.Remote()].traffic()
			if n := after - before; n > 10*60 {
				t.Errorf("%d packets in ten minutes of waiting", n)
			}
			if held := cb.mux.held.Load(); held > maxWindow {
				t.Errorf("%d bytes are held", held)
			}
			if lossy {
				until := time.Now().Add(time.Second)
				w.only(func(*end, []byte) bool { return time.Now().After(until) })
			}
			start := time.Now()
			want, _ := io.ReadAll(stream(1, size))
			got := make([]byte, size)
			if n, err := io.ReadFull(cb, got); err != nil || string(got) != string(want) {
				t.Errorf("%d bytes: %v", n, err)
			}
			if took := time.Since(start); took > 15*time.Second {
				t.Errorf("it took %v to go on", took)
			}
			if err := <-wrote; err != nil {
				t.Error(err)
			}
		})
	}
}

// Where large packets vanish, the first connection finds out and the next one works.
func TestNarrowPath(t *testing.T) {
	for largest, want := range map[int]int{1300: 1200, 1000: 548} {
		synctest.Test(t, func(t *testing.T) {
			w := newWire(path{delay: 25 * time.Millisecond, largest: largest})
			a, b := pair(t, w)
			for {
				start := time.Now()
				ca, cb := connect(t, a, b)
				go io.Copy(struct{ io.Writer }{ca}, stream(1, 1<<20))
				n, err := io.CopyN(io.Discard, struct{ io.Reader }{cb}, 1<<20)
				if err == nil {
					if got := ca.segment + headerSize; got != want {
						t.Errorf("%d bytes a packet, want %d", got, want)
					}
					break
				}
				if !errors.Is(err, ErrReset) || n > 0 || time.Since(start) > 10*time.Second {
					t.Fatalf("%d bytes in %v: %v", n, time.Since(start), err)
				}
				if _, err := ca.Write([]byte{1}); !errors.Is(err, ErrPath) {
					t.Fatal(err)
				}
				ca.Close()
				cb.Close()
			}
		})
	}
}

// An idle connection keeps its path open, and is there hours later.
func TestIdle(t *testing.T) {
	bubble(t, path{delay: 25 * time.Millisecond}, func(t *testing.T, w *wire, ca, cb *Conn) {
		time.Sleep(10 * time.Second)
		_, before := w.ends[cb.Remote()].traffic()
		time.Sleep(time.Hour)
		_, after := w.ends[cb.Remote()].traffic()
		if n := after - before; n < 120 || n > 130 {
			t.Errorf("%d packets in an hour", n)
		}
		exchange(t, 1000, ca, cb)
	})
}

// A path that is cut for a while does not end a connection.
func TestCut(t *testing.T) {
	bubble(t, path{delay: 25 * time.Millisecond}, func(t *testing.T, w *wire, ca, cb *Conn) {
		n := 0
		w.only(func(*end, []byte) bool { n++; return n < 100 })
		time.AfterFunc(20*time.Second, func() {
			w.only(nil)
		})
		start := time.Now()
		exchange(t, 1<<20, ca, cb)
		if took := time.Since(start); took > 40*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// Packets that are not uTP come out at the other end of the socket, whole and with their sender.
func TestOther(t *testing.T) {
	bubble(t, path{delay: 10 * time.Millisecond}, func(t *testing.T, w *wire, ca, cb *Conn) {
		oa, ob := ca.mux.Other(), cb.mux.Other()
		message := "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe"
		for range 2 {
			if _, err := oa.WriteTo([]byte(message), ob.LocalAddr()); err != nil {
				t.Fatal(err)
			}
			b := make([]byte, 1500)
			n, from, err := ob.ReadFrom(b)
			if err != nil || string(b[:n]) != message || from.String() != oa.LocalAddr().String() {
				t.Errorf("%q from %v, %v", b[:n], from, err)
			}
		}
		start := time.Now()
		ob.SetReadDeadline(start.Add(time.Second))
		var timeout net.Error
		if _, _, err := ob.ReadFrom(make([]byte, 1)); !errors.As(err, &timeout) || !timeout.Timeout() || time.Since(start) != time.Second {
			t.Error(err, time.Since(start))
		}
		ob.SetDeadline(time.Time{})
		time.AfterFunc(time.Second, func() { ob.SetReadDeadline(time.Unix(1, 0)) })
		if _, _, err := ob.ReadFrom(make([]byte, 1)); !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Error(err)
		}
		// Nobody reads: what waits is bounded.
		for range 2 * otherPackets {
			oa.WriteTo([]byte(message), ob.LocalAddr())
		}
		time.Sleep(time.Second)
		o := &cb.mux.other
		o.mu.Lock()
		if len(o.row) != otherPackets || o.bytes != otherPackets*len(message) {
			t.Errorf("%d packets, %d bytes wait", len(o.row), o.bytes)
		}
		o.mu.Unlock()
		ob.Close()
		if _, _, err := ob.ReadFrom(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		exchange(t, 1000, ca, cb)
	})
}

// The last packet of all that was lost is noticed before the timeout.
func TestTail(t *testing.T) {
	bubble(t, path{delay: 25 * time.Millisecond}, func(t *testing.T, w *wire, ca, cb *Conn) {
		exchange(t, 10_000, ca, cb)
		time.Sleep(time.Second)
		n := 0
		w.only(func(from *end, _ []byte) bool {
			if from.addr == cb.Remote() {
				n++
			}
			return n != 1
		})
		start := time.Now()
		ca.Write([]byte("a request"))
		if _, err := cb.Read(make([]byte, 10)); err != nil || time.Since(start) > 300*time.Millisecond {
			t.Errorf("it took %v: %v", time.Since(start), err)
		}
	})
}

// A path that becomes longer or shorter, by less than the target, does not stop a transfer.
func TestPathChanges(t *testing.T) {
	bubble(t, path{delay: 100 * time.Microsecond}, func(t *testing.T, w *wire, ca, cb *Conn) {
		for _, d := range []time.Duration{100 * time.Microsecond, 60 * time.Millisecond, time.Millisecond} {
			w.mu.Lock()
			w.delay = d
			w.mu.Unlock()
			start := time.Now()
			exchange(t, 16<<20, ca, cb)
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("%v of delay: it took %v", d, took)
			}
		}
	})
}

// The first writes go in packets of their own, later ones share them.
func TestFirstWritesApart(t *testing.T) {
	bubble(t, path{delay: 25 * time.Millisecond}, func(t *testing.T, w *wire, ca, cb *Conn) {
		var sizes []int
		w.only(func(from *end, b []byte) bool {
			if p, ok := parse(b); ok && from.addr == cb.Remote() && p.kind == kindData {
				sizes = append(sizes, len(p.payload))
			}
			return true
		})
		want := []int{1, 2, 3, 4, 5, 6, 7, 8 + 9 + 10 + 11} // connect wrote once
		ca.mu.Lock()                                        // the writer waits for all
		total := 0
		for i := range 11 {
			ca.out.data.write(make([]byte, i+1))
			ca.out.edge()
			total += i + 1
		}
		ca.wake()
		ca.mu.Unlock()
		if _, err := io.ReadFull(cb, make([]byte, total)); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(sizes, want) {
			t.Errorf("packets of %v bytes, want %v", sizes, want)
		}
	})
}
