package utp

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/nettest"
)

// udpPair starts two Muxes on sockets of the loopback.
func udpPair(t testing.TB) (a, b *Mux) {
	t.Helper()
	var ms [2]*Mux
	for i := range ms {
		pc, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		m := New(pc, Options{})
		t.Cleanup(func() { m.Close(); pc.Close() })
		ms[i] = m
	}
	return ms[0], ms[1]
}

// What every net.Conn must do.
func TestNetConn(t *testing.T) {
	a, b := udpPair(t)
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		if c1, err = a.Dial(t.Context(), b.Addr().(*net.UDPAddr).AddrPort()); err != nil {
			return nil, nil, nil, err
		}
		if _, err = c1.Write([]byte{1}); err != nil {
			return nil, nil, nil, err
		}
		if c2, err = b.Accept(); err != nil {
			return nil, nil, nil, err
		}
		_, err = io.ReadFull(c2, make([]byte, 1))
		return c1, c2, func() { c1.Close(); c2.Close() }, err
	})
}

func TestIPv6(t *testing.T) {
	pc, err := net.ListenPacket("udp6", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 here: ", err)
	}
	defer pc.Close()
	m := New(pc, Options{})
	defer m.Close()
	ca, cb := overLoopback(t, m, m) // a socket may connect to itself
	exchange(t, 4<<20, ca, cb)
	if addr, ok := ca.RemoteAddr().(*net.UDPAddr); !ok || addr.String() != pc.LocalAddr().String() {
		t.Error(ca.RemoteAddr())
	}
}

// bubble runs a test with a connection over a wire in virtual time.
func bubble(t *testing.T, p path, test func(t *testing.T, w *wire, ca, cb *Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWire(p)
		a, b := pair(t, w)
		ca, cb := connect(t, a, b)
		test(t, w, ca, cb)
	})
}

func TestDeadlines(t *testing.T) {
	bubble(t, path{delay: 10 * time.Millisecond}, func(t *testing.T, w *wire, ca, cb *Conn) {
		start := time.Now()
		ca.SetReadDeadline(start.Add(time.Second))
		if _, err := ca.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("read: %v after %v", err, time.Since(start))
		}
		// A deadline in the past, set by somebody else, wakes a Read that has none.
		ca.SetReadDeadline(time.Time{})
		time.AfterFunc(time.Second, func() { ca.SetReadDeadline(time.Unix(1, 0)) })
		if _, err := ca.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != 2*time.Second {
			t.Errorf("read: %v after %v", err, time.Since(start))
		}
		// It can be lifted, and put off while a Read waits.
		ca.SetReadDeadline(time.Now().Add(time.Second))
		time.AfterFunc(500*time.Millisecond, func() { ca.SetReadDeadline(time.Now().Add(time.Minute)) })
		time.AfterFunc(5*time.Second, func() { cb.Write([]byte("late")) })
		if n, err := ca.Read(make([]byte, 10)); n != 4 || err != nil {
			t.Errorf("read: %d, %v", n, err)
		}
		// A Write that cannot go on says how much it took.
		start = time.Now()
		ca.SetWriteDeadline(start.Add(time.Second))
		n, err := ca.Write(make([]byte, 64<<20))
		if !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 || time.Since(start) != time.Second {
			t.Errorf("wrote %d: %v after %v", n, err, time.Since(start))
		}
		cb.SetReadDeadline(time.Now().Add(5 * time.Second))
		if got, _ := io.Copy(io.Discard, struct{ io.Reader }{cb}); got != int64(n) {
			t.Errorf("%d bytes of %d came", got, n)
		}
		var timeout net.Error
		if !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("%v is no timeout", err)
		}
	})
}

// What was written before Close comes, and then the end.
func TestClose(t *testing.T) {
	for _, loss := range []float64{0, 0.1} {
		bubble(t, path{delay: 10 * time.Millisecond, loss: loss}, func(t *testing.T, w *wire, ca, cb *Conn) {
			data := bytes.Repeat([]byte("0123456789"), 5000)
			if _, err := ca.Write(data); err != nil {
				t.Fatal(err)
			}
			if err := ca.Close(); err != nil {
				t.Error(err)
			}
			got, err := io.ReadAll(cb)
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("%d bytes of %d came: %v", len(got), len(data), err)
			}
			if err := cb.Close(); err != nil {
				t.Error(err)
			}
			for _, c := range []*Conn{ca, cb} {
				if _, err := c.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
					t.Error("read:", err)
				}
				if _, err := c.Write(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
					t.Error("write:", err)
				}
				if err := c.SetDeadline(time.Now()); !errors.Is(err, net.ErrClosed) {
					t.Error("set deadline:", err)
				}
				if err := c.Close(); !errors.Is(err, net.ErrClosed) {
					t.Error("close:", err)
				}
			}
			time.Sleep(linger + time.Second)
			expectConns(t, 0, ca.mux, cb.mux)
		})
	}
}

// expectConns counts the connections that a Mux knows.
func expectConns(t *testing.T, want int, ms ...*Mux) {
	t.Helper()
	for i, m := range ms {
		m.mu.Lock()
		if len(m.conns) != want || len(m.half) != 0 {
			t.Errorf("Mux %d has %d connections and %d half open, want %d", i, len(m.conns), len(m.half), want)
		}
		m.mu.Unlock()
		if held := m.held.Load(); want == 0 && held != 0 {
			t.Errorf("Mux %d holds %d bytes", i, held)
		}
	}
}

// Close wakes whoever waits.
func TestCloseWakes(t *testing.T) {
	bubble(t, path{delay: 10 * time.Millisecond}, func(t *testing.T, w *wire, ca, cb *Conn) {
		errs := make(chan error, 2)
		go func() { _, err := ca.Read(make([]byte, 1)); errs <- err }()
		go func() { _, err := ca.Write(make([]byte, 64<<20)); errs <- err }()
		synctest.Wait()
		time.Sleep(time.Minute)
		ca.Close()
		for range 2 {
			if err := <-errs; !errors.Is(err, net.ErrClosed) {
				t.Error(err)
			}
		}
	})
}

// A side that is gone is given up: by who waits for an acknowledgement after a minute, by who closed after the linger time.
func TestGone(t *testing.T) {
	bubble(t, path{delay: 10 * time.Millisecond}, func(t *testing.T, w *wire, ca, cb *Conn) {
		w.only(func(*end, []byte) bool { return false })
		start := time.Now()
		ca.Write([]byte("hello"))
		cb.Close()
		_, err := ca.Read(make([]byte, 1))
		if took := time.Since(start); !errors.Is(err, ErrSilent) || took < 30*time.Second || took > 90*time.Second {
			t.Errorf("%v after %v", err, took)
		}
		if _, err := ca.Write(make([]byte, 1)); !errors.Is(err, ErrSilent) {
			t.Error(err)
		}
		ca.Close()
		time.Sleep(time.Second)
		expectConns(t, 0, ca.mux, cb.mux)
	})
}

// A side that has forgotten the connection answers with a reset. What had come before can be read.
func TestForgotten(t *testing.T) {
	bubble(t, path{delay: 10 * time.Millisecond}, func(t *testing.T, w *wire, ca, cb *Conn) {
		cb.Write([]byte("the last"))
		time.Sleep(time.Second)
		cb.mu.Lock()
		cb.die(net.ErrClosed, false)
		cb.mu.Unlock()
		ca.Write([]byte("hello"))
		time.Sleep(time.Second)
		if b, err := io.ReadAll(ca); string(b) != "the last" || !errors.Is(err, ErrReset) {
			t.Errorf("%q, %v", b, err)
		}
		if _, err := ca.Write([]byte("hello")); !errors.Is(err, ErrReset) {
			t.Error(err)
		}
	})
}

// Closing a Mux ends all of it at once, here and on the other side.
func TestMuxClose(t *testing.T) {
	bubble(t, path{delay: 10 * time.Millisecond}, func(t *testing.T, w *wire, ca, cb *Conn) {
		accepted := make(chan error, 1)
		go func() { _, err := ca.mux.Accept(); accepted <- err }()
		if err := ca.mux.Close(); err != nil {
			t.Error(err)
		}
		if err := <-accepted; !errors.Is(err, net.ErrClosed) {
			t.Error("accept:", err)
		}
		if _, err := ca.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Error("read:", err)
		}
		if _, err := ca.mux.Dial(t.Context(), cb.Remote()); !errors.Is(err, net.ErrClosed) {
			t.Error("dial:", err)
		}
		if err := ca.mux.Close(); !errors.Is(err, net.ErrClosed) {
			t.Error("close:", err)
		}
		if _, _, err := ca.mux.Other().ReadFrom(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Error("read from other:", err)
		}
		start := time.Now()
		if _, err := cb.Read(make([]byte, 1)); !errors.Is(err, ErrReset) || time.Since(start) > time.Second {
			t.Error("read on the other side:", err, time.Since(start))
		}
		if _, err := w.ends[cb.Remote()].WriteTo([]byte("d"), cb.LocalAddr()); err != nil {
			t.Error("the socket was closed too:", err)
		}
	})
}

// A socket that is closed underneath ends its Mux.
func TestSocketClosed(t *testing.T) {
	bubble(t, path{delay: 10 * time.Millisecond}, func(t *testing.T, w *wire, ca, cb *Conn) {
		ca.mux.conn.Close()
		if _, err := ca.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Error("read:", err)
		}
		if _, err := ca.mux.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Error("accept:", err)
		}
	})
}
