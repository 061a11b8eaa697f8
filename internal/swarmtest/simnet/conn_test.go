package simnet

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/nettest"
)

func addr(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}) }

func host(t *testing.T, n *Network, i int, o HostOptions) *Host {
	t.Helper()
	h, err := n.AddHost(addr(i), o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// join connects two hosts.
func join(t *testing.T, from, to *Host) (a, b *Conn) {
	t.Helper()
	l, err := to.Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ap := l.Addr().(*net.TCPAddr).AddrPort()
	x, err := from.Dial(t.Context(), ap)
	if err != nil {
		t.Fatal(err)
	}
	y, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return x.(*Conn), y.(*Conn)
}

func two(t *testing.T, p Path, o HostOptions) (a, b *Conn) {
	t.Helper()
	n := New(1, Options{})
	n.SetUsualPath(p)
	return join(t, host(t, n, 1, o), host(t, n, 2, o))
}

func TestConnBehavesLikeASocket(t *testing.T) {
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		a, b := two(t, Path{}, HostOptions{})
		return a, b, func() { a.Close(); b.Close() }, nil
	})
}

func TestReadDeadlineFromElsewhereWakesRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := two(t, Path{Delay: 10 * time.Millisecond}, HostOptions{})
		defer a.Close()
		defer b.Close()
		start := time.Now()
		time.AfterFunc(time.Second, func() { a.SetReadDeadline(time.Unix(1, 0)) })
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
		if d := time.Since(start); d != time.Second {
			t.Fatalf("woke after %v", d)
		}
		b.Write([]byte("x"))
		time.Sleep(time.Second)
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("a deadline that has passed counts even where data waits:", err)
		}
		a.SetReadDeadline(time.Time{})
		if n, err := a.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		a.SetReadDeadline(time.Now().Add(time.Minute))
		start = time.Now()
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Minute {
			t.Fatal(err, time.Since(start))
		}
	})
}

func TestWriteIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := two(t, Path{Delay: time.Millisecond}, HostOptions{})
		defer a.Close()
		defer b.Close()
		a.SetWriteDeadline(time.Now().Add(time.Minute))
		n, err := a.Write(make([]byte, 64<<20))
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
		if most := 8<<20 + maxSendBuffer + maxChunk; n > most || n < 8<<20 {
			t.Fatalf("%d bytes went into a connection that nobody reads, most is %d", n, most)
		}
		a.SetWriteDeadline(time.Time{})
		go a.Write(make([]byte, 1<<20))
		if _, err := io.ReadFull(b, make([]byte, n+1<<20)); err != nil {
			t.Fatal(err)
		}
	})
}

func TestCloseDeliversWhatWasWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := two(t, Path{Delay: 20 * time.Millisecond}, HostOptions{Up: 1 << 20})
		go func() { a.Write(make([]byte, 1<<20)); a.Close() }()
		all, err := io.ReadAll(b)
		if len(all) != 1<<20 || err != nil {
			t.Fatal(len(all), err)
		}
		if _, err := b.Write([]byte("x")); err == nil {
			t.Fatal("wrote to a connection that the other end closed")
		}
		b.Close()
		time.Sleep(time.Second)
		if n := a.net.Connections(); n != 0 {
			t.Fatalf("%d connections are left", n)
		}
	})
}

func TestReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := two(t, Path{Delay: 30 * time.Millisecond}, HostOptions{})
		start := time.Now()
		a.out.from.ResetConnections(1)
		if _, err := a.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Fatal(err)
		}
		if _, err := b.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) || time.Since(start) != 30*time.Millisecond {
			t.Fatal(err, time.Since(start))
		}
		a.Close()
		b.Close()
		if n := a.net.Connections(); n != 0 {
			t.Fatalf("%d connections are left", n)
		}
	})
}

// What is read before a reset is what was sent, without a gap, though more was on its way.
func TestResetLeavesNoGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := two(t, Path{Delay: 100 * time.Millisecond}, HostOptions{Up: 256 << 10})
		sent := make([]byte, 64<<10)
		for i := range sent {
			sent[i] = byte(i >> 10)
		}
		b.Write([]byte("x")) // it comes after 100 ms, when the other end is closed, and brings a reset after 200
		a.Write(sent)        // it comes from 100 to 350 ms
		a.Close()
		time.Sleep(350 * time.Millisecond)
		got := 0
		for buf := make([]byte, 1000); ; {
			n, err := b.Read(buf)
			for i, x := range buf[:n] {
				if x != byte((got+i)>>10) {
					t.Fatalf("byte %d is wrong", got+i)
				}
			}
			if got += n; err != nil {
				break
			}
		}
		b.Close()
		time.Sleep(time.Second)
		if n := a.net.Connections(); n != 0 {
			t.Fatalf("%d connections are left", n)
		}
	})
}

func TestDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(1, Options{})
		n.SetUsualPath(Path{Delay: 40 * time.Millisecond})
		a := host(t, n, 1, HostOptions{})
		b := host(t, n, 2, HostOptions{NAT: DialOnly})
		c := host(t, n, 3, HostOptions{})
		for _, x := range []struct {
			to   netip.AddrPort
			want error
			took time.Duration
		}{
			{netip.AddrPortFrom(b.Addr(), 1), syscall.ETIMEDOUT, 5 * time.Second},
			{netip.AddrPortFrom(addr(9), 1), syscall.ETIMEDOUT, 5 * time.Second},
			{netip.AddrPortFrom(c.Addr(), 1), syscall.ECONNREFUSED, 80 * time.Millisecond},
		} {
			start := time.Now()
			if _, err := a.Dial(t.Context(), x.to); !errors.Is(err, x.want) || time.Since(start) != x.took {
				t.Errorf("%v: %v after %v", x.to, err, time.Since(start))
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := a.Dial(ctx, netip.AddrPortFrom(b.Addr(), 1)); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		x, y := join(t, b, c) // outwards a NAT does not matter
		x.Close()
		y.Close()
	})
}

func TestPartition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := two(t, Path{Delay: 10 * time.Millisecond}, HostOptions{Up: 1 << 20})
		defer a.Close()
		defer b.Close()
		n := a.net
		go func() { a.Write(make([]byte, 4<<20)) }()
		time.Sleep(time.Second)
		n.Partition(func(netip.Addr, netip.Addr) bool { return true })
		b.SetReadDeadline(time.Now().Add(10 * time.Second))
		before, err := io.Copy(io.Discard, b)
		if !errors.Is(err, os.ErrDeadlineExceeded) || before < 900<<10 || before > 1<<20 {
			t.Fatal(before, err)
		}
		b.SetReadDeadline(time.Time{})
		n.Heal()
		start := time.Now()
		if _, err := io.ReadFull(b, make([]byte, 4<<20-before)); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d < 4*time.Second || d > 4200*time.Millisecond {
			t.Fatalf("the rest took %v", d)
		}
	})
}
