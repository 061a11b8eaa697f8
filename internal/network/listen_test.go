package network

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func mustNew(t *testing.T, o Options) *Network {
	t.Helper()
	n, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func mustListen(t *testing.T, n *Network, ports PortRange) *Listeners {
	t.Helper()
	l, err := n.Listen(ports)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// haveIPv6 reports whether this machine can listen on ::1.
func haveIPv6() bool {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		return false
	}
	l.Close()
	return true
}

// loopback is the name of the loopback interface.
func loopback(t *testing.T) string {
	t.Helper()
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		if i.Flags&net.FlagLoopback != 0 && i.Flags&net.FlagUp != 0 {
			return i.Name
		}
	}
	t.Skip("no loopback interface")
	return ""
}

func port(a net.Addr) uint16 { return netip.MustParseAddrPort(a.String()).Port() }

func TestListenSharesOnePort(t *testing.T) {
	six := haveIPv6()
	for _, c := range []struct {
		name   string
		o      Options
		v4, v6 bool
	}{
		{"both", Options{}, true, six},
		{"both asked for", Options{IPv4: true, IPv6: true}, true, six},
		{"IPv4 only", Options{IPv4: true}, true, false},
		{"IPv6 only", Options{IPv6: true}, false, true},
		{"address", Options{Bind: "127.0.0.1"}, true, false},
		{"address of IPv6", Options{Bind: "::1"}, false, true},
		{"any IPv4", Options{Bind: "0.0.0.0"}, true, false},
		{"interface", Options{Bind: "*"}, true, six},
		{"interface, IPv4 only", Options{Bind: "*", IPv4: true}, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.v6 && !six {
				t.Skip("no IPv6 here")
			}
			if c.o.Bind == "*" {
				c.o.Bind = loopback(t)
			}
			l := mustListen(t, mustNew(t, c.o), PortRange{})
			if l.Port == 0 {
				t.Fatal("no port")
			}
			want := 0
			for _, has := range []bool{c.v4, c.v6} {
				if has {
					want++
				}
			}
			if len(l.TCP) != want {
				t.Errorf("%d TCP listeners, want %d", len(l.TCP), want)
			}
			for _, tcp := range l.TCP {
				if port(tcp.Addr()) != l.Port {
					t.Errorf("TCP on %v, want port %d", tcp.Addr(), l.Port)
				}
			}
			for _, u := range []struct {
				conn net.PacketConn
				want bool
			}{{l.UDP4, c.v4}, {l.UDP6, c.v6}} {
				if (u.conn != nil) != u.want {
					t.Errorf("UDP socket %v, want one: %v", u.conn, u.want)
				} else if u.want && port(u.conn.LocalAddr()) != l.Port {
					t.Errorf("UDP on %v, want port %d", u.conn.LocalAddr(), l.Port)
				}
			}
		})
	}
}

func TestListenTakesTheFirstPortFreeForAll(t *testing.T) {
	n := mustNew(t, Options{Bind: "127.0.0.1"})
	// Three ports in a row that are free now: TCP takes the first, UDP the second.
	var first *Listeners
	var udp net.PacketConn
	for range 50 {
		l := mustListen(t, n, PortRange{})
		if l.Port > 65000 {
			continue
		}
		u, err := net.ListenPacket("udp4", fmt.Sprintf("127.0.0.1:%d", l.Port+1))
		if err != nil {
			continue
		}
		third, err := n.Listen(PortRange{l.Port + 2, l.Port + 2})
		if err != nil {
			u.Close()
			continue
		}
		third.Close()
		first, udp = l, u
		break
	}
	if first == nil {
		t.Skip("no three free ports in a row")
	}
	defer udp.Close()
	l := mustListen(t, n, PortRange{first.Port, first.Port + 2})
	if l.Port != first.Port+2 {
		t.Errorf("listening on %d, want %d", l.Port, first.Port+2)
	}
	if _, err := n.Listen(PortRange{first.Port, first.Port + 2}); !errors.Is(err, ErrPorts) {
		t.Errorf("with all taken: %v", err)
	}
	if _, err := n.Listen(PortRange{9, 8}); err == nil {
		t.Error("a range that ends before it begins is taken")
	}
}

func TestListenFailsWhereTheOnlyFamilyIsMissing(t *testing.T) {
	if haveIPv6() {
		t.Skip("there is IPv6 here")
	}
	n := mustNew(t, Options{IPv6: true})
	if l, err := n.Listen(PortRange{}); err == nil {
		l.Close()
		t.Error("IPv6 only without IPv6 fell back to something")
	}
}

func TestBindFailsClosed(t *testing.T) {
	for _, c := range []Options{
		{Bind: "203.0.113.7"},           // not ours
		{Bind: "2001:db8::7"},           // not ours
		{Bind: "no-such-if0"},           // no interface
		{Bind: "127.0.0.1", IPv6: true}, // the other family
		{Bind: "::1", IPv4: true},
		{Bind: "127.0.0.1:80"}, // an address with a port is no address
		{Bind: strings.Repeat("x", 300)},
	} {
		if n, err := New(c); !errors.Is(err, ErrBind) {
			t.Errorf("New(%+v) = %v, %v; want ErrBind", c, n, err)
		}
	}
	// An interface that goes away after New.
	n := &Network{bind: binding{device: "no-such-if0"}, ipv4: true, ipv6: true, dialTimeout: time.Second, log: mustNew(t, Options{}).log}
	if l, err := n.Listen(PortRange{}); !errors.Is(err, ErrBind) {
		if err == nil {
			l.Close()
		}
		t.Errorf("Listen = %v, want ErrBind", err)
	}
	peer := mustListen(t, mustNew(t, Options{Bind: "127.0.0.1"}), PortRange{})
	if _, err := n.DialPeer(t.Context(), netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), peer.Port)); !errors.Is(err, ErrBind) {
		t.Errorf("DialPeer = %v, want ErrBind", err)
	}
	d := n.Dialer(Policy{Trusted: true})
	for _, network := range []string{"tcp", "udp4"} {
		if _, err := d.DialContext(t.Context(), network, peer.TCP[0].Addr().String()); !errors.Is(err, ErrBind) {
			t.Errorf("DialContext over %s = %v, want ErrBind", network, err)
		}
	}
}

func TestLimitersAreHandedOn(t *testing.T) {
	down, up := NewLimiter(1), NewLimiter(2)
	n := mustNew(t, Options{Down: down, Up: up})
	if n.Down() != down || n.Up() != up {
		t.Error("the limiters are others")
	}
}
