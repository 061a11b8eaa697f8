package utp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestDialFails(t *testing.T) {
	nobody := netip.MustParseAddrPort("10.0.0.99:6881")
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(t, newWire(path{delay: 10 * time.Millisecond}))
		start := time.Now()
		if _, err := a.Dial(t.Context(), nobody); !errors.Is(err, ErrSilent) || time.Since(start) != 7*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		start = time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if _, err := a.Dial(ctx, nobody); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if _, err := a.Dial(t.Context(), netip.MustParseAddrPort("[2001:db8::1]:6881")); !errors.Is(err, errFamily) {
			t.Error(err)
		}
		expectConns(t, 0, a, b)
	})
}

// Lost packets of the opening are sent again.
func TestDialOverLoss(t *testing.T) {
	for lost := range 4 {
		synctest.Test(t, func(t *testing.T) {
			w := newWire(path{delay: 10 * time.Millisecond})
			a, b := pair(t, w)
			n := 0
			w.only(func(*end, []byte) bool {
				n++
				return n-1 != lost
			})
			ca, cb := connect(t, a, b)
			exchange(t, 10_000, ca, cb)
		})
	}
}

// Nobody is handed to Accept who has only asked for a connection, and they are forgotten soon.
func TestHalfOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(t, newWire(path{delay: 10 * time.Millisecond}))
		nc, err := a.Dial(t.Context(), b.conn.(*end).addr)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(halfOpenFor + time.Second)
		select {
		case c := <-b.incoming:
			t.Error("accepted:", c)
		default:
		}
		expectConns(t, 0, b)
		if _, err := nc.Write([]byte("too late")); err != nil {
			t.Error(err)
		}
		if _, err := nc.Read(make([]byte, 1)); !errors.Is(err, ErrReset) {
			t.Error(err)
		}
	})
}

// Who does not accept for a while has a bounded backlog; the others try again until there is room.
func TestBacklog(t *testing.T) {
	const more = 5
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(t, newWire(path{delay: 10 * time.Millisecond}))
		for range backlog + more {
			nc, err := a.Dial(t.Context(), b.conn.(*end).addr)
			if err != nil {
				t.Fatal(err)
			}
			nc.Write([]byte{1})
		}
		time.Sleep(time.Second)
		b.mu.Lock()
		if len(b.incoming) != backlog || len(b.half) != more {
			t.Errorf("%d wait, %d are half open", len(b.incoming), len(b.half))
		}
		b.mu.Unlock()
		for range backlog + more {
			nc, err := b.Accept()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := nc.Read(make([]byte, 1)); err != nil {
				t.Error(err)
			}
		}
	})
}

// Many connections share the sockets.
func TestManyConnections(t *testing.T) {
	const n, size = 300, 50_000
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(t, newWire(path{delay: 10 * time.Millisecond, loss: 0.01}))
		var wg sync.WaitGroup
		wg.Go(func() {
			for range n {
				nc, err := b.Accept()
				if err != nil {
					t.Error(err)
					return
				}
				wg.Go(func() { // says what it hears
					if m, err := io.CopyN(struct{ io.Writer }{nc}, struct{ io.Reader }{nc}, size); err != nil {
						t.Error("echo:", m, err)
					}
					nc.Close()
				})
			}
		})
		for i := range n {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				nc, err := a.Dial(t.Context(), b.conn.(*end).addr)
				if err != nil {
					t.Error(err)
					return
				}
				defer nc.Close()
				go io.Copy(struct{ io.Writer }{nc}, stream(byte(i), size))
				want, _ := io.ReadAll(stream(byte(i), size))
				got, err := io.ReadAll(nc)
				if err != nil || string(got) != string(want) {
					t.Error(fmt.Errorf("%d: %d bytes came back: %w", i, len(got), err))
				}
			})
		}
		wg.Wait()
		time.Sleep(2 * linger)
		expectConns(t, 0, a, b)
	})
}
