package simnet

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// meet has two hosts dial each other from the port that they listen on, and reports who got through.
func meet(t *testing.T, a, b NAT) (fromA, fromB bool) {
	synctest.Test(t, func(t *testing.T) {
		n := New(1, Options{})
		n.SetUsualPath(Path{Delay: 20 * time.Millisecond})
		hosts := [2]*Host{host(t, n, 1, HostOptions{NAT: a}), host(t, n, 2, HostOptions{NAT: b})}
		var got [2]bool
		for i, h := range hosts {
			l, err := h.Listen(6881)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					c.Close()
				}
			}()
			go func() {
				time.Sleep(time.Duration(i) * 300 * time.Millisecond)
				c, err := h.DialFrom(t.Context(), 6881, netip.AddrPortFrom(hosts[1-i].Addr(), 6881))
				if err == nil {
					c.Close()
				} else if !errors.Is(err, syscall.ETIMEDOUT) {
					t.Error(err)
				}
				got[i] = err == nil
			}()
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		fromA, fromB = got[0], got[1]
	})
	return fromA, fromB
}

func TestHolesAreMetInTheMiddle(t *testing.T) {
	for _, x := range []struct {
		a, b         NAT
		fromA, fromB bool
	}{
		{Open, Open, true, true},
		{Cone, Open, true, true},
		{Cone, Cone, true, true},
		{FullCone, Cone, true, true},
		{Symmetric, FullCone, true, false}, // the port that the symmetric one listens on is not the one it shows
		{Symmetric, Open, true, false},
		{Symmetric, Cone, false, false},
		{Symmetric, Symmetric, false, false},
		{DialOnly, Open, true, false},
		{DialOnly, Cone, true, false}, // the cone has sent something, which lets the other one in
		{DialOnly, DialOnly, false, false},
	} {
		t.Run(fmt.Sprintf("%d-%d", x.a, x.b), func(t *testing.T) {
			if a, b := meet(t, x.a, x.b); a != x.fromA || b != x.fromB {
				t.Errorf("first reaches second: %v, not %v; second reaches first: %v, not %v", a, x.fromA, b, x.fromB)
			}
		})
	}
}

// Who is only dialled is not reached, and a hole closes after a minute.
func TestHolesClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(1, Options{})
		a, b := host(t, n, 1, HostOptions{}), host(t, n, 2, HostOptions{NAT: Cone})
		l, err := b.Listen(6881)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		try := func() error {
			c, err := a.DialFrom(t.Context(), 6881, netip.AddrPortFrom(b.Addr(), 6881))
			if err != nil {
				return err
			}
			c.Close()
			x, err := l.Accept()
			if err != nil {
				return err
			}
			if got := x.RemoteAddr().(*net.TCPAddr).AddrPort(); got != netip.AddrPortFrom(a.Addr(), 6881) {
				t.Errorf("it sees %v", got)
			}
			return x.Close()
		}
		if err := try(); !errors.Is(err, syscall.ETIMEDOUT) {
			t.Fatal("before anything was sent:", err)
		}
		if _, err := b.DialFrom(t.Context(), 6881, netip.AddrPortFrom(a.Addr(), 6881)); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatal(err)
		}
		if err := try(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		if err := try(); !errors.Is(err, syscall.ETIMEDOUT) {
			t.Fatal("after two minutes:", err)
		}
	})
}
