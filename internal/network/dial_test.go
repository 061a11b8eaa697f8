package network

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"
)

func loopbackPeer(l *Listeners, ip string) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr(ip), l.Port)
}

func TestDialPeer(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Options
		to   string
	}{
		{"IPv4", Options{}, "127.0.0.1"},
		{"IPv4 in IPv6", Options{}, "::ffff:127.0.0.1"},
		{"IPv6", Options{}, "::1"},
		{"bound to an address", Options{Bind: "127.0.0.2"}, "127.0.0.1"},
		{"bound to an interface", Options{Bind: "*"}, "127.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.to == "::1" && !haveIPv6() {
				t.Skip("no IPv6 here")
			}
			if c.o.Bind == "*" {
				c.o.Bind = loopback(t)
			}
			n, err := New(c.o)
			if err != nil && c.o.Bind == "127.0.0.2" {
				t.Skip("only one address on loopback")
			} else if err != nil {
				t.Fatal(err)
			}
			l := mustListen(t, mustNew(t, Options{}), PortRange{})
			conn, err := n.DialPeer(t.Context(), loopbackPeer(l, c.to))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, ok := conn.(*net.TCPConn); !ok {
				t.Errorf("DialPeer gives a %T", conn)
			}
			if c.o.Bind == "127.0.0.2" && netip.MustParseAddrPort(conn.LocalAddr().String()).Addr().String() != c.o.Bind {
				t.Errorf("dialled from %v", conn.LocalAddr())
			}
			accepter := l.TCP[0]
			if c.to == "::1" {
				accepter = l.TCP[1]
			}
			other, err := accepter.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer other.Close()
			if _, ok := other.(*net.TCPConn); !ok {
				t.Errorf("Accept gives a %T", other)
			}
			checkNoDelay(t, conn.(*net.TCPConn))
			checkNoDelay(t, other.(*net.TCPConn))
		})
	}
}

func TestDialPeerRefuses(t *testing.T) {
	n4 := mustNew(t, Options{IPv4: true})
	for text, want := range map[string]error{
		"0.0.0.0:1": ErrRefused, "[::]:1": ErrRefused, "224.0.0.1:1": ErrRefused, "255.255.255.255:1": ErrRefused,
		"1.2.3.4:0": ErrRefused, "[::ffff:0.0.0.0]:1": ErrRefused, "[::1]:1": ErrFamily,
	} {
		if _, err := n4.DialPeer(t.Context(), netip.MustParseAddrPort(text)); !errors.Is(err, want) {
			t.Errorf("DialPeer(%s) = %v, want %v", text, err, want)
		}
	}
	if _, err := n4.DialPeer(t.Context(), netip.AddrPort{}); !errors.Is(err, ErrRefused) {
		t.Errorf("the zero address: %v", err)
	}
	n6 := mustNew(t, Options{IPv6: true})
	if _, err := n6.DialPeer(t.Context(), netip.MustParseAddrPort("127.0.0.1:1")); !errors.Is(err, ErrFamily) {
		t.Errorf("IPv4 with IPv6 only: %v", err)
	}
}

func TestDialPeerEnds(t *testing.T) {
	l := mustListen(t, mustNew(t, Options{Bind: "127.0.0.1"}), PortRange{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := mustNew(t, Options{}).DialPeer(ctx, loopbackPeer(l, "127.0.0.1")); err == nil {
		t.Error("dialled with a context that ended")
	}
	short := mustNew(t, Options{DialTimeout: time.Nanosecond})
	var timeout net.Error
	if _, err := short.DialPeer(t.Context(), loopbackPeer(l, "127.0.0.1")); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("DialPeer = %v, want a timeout", err)
	}
	if mustNew(t, Options{}).dialTimeout != 10*time.Second {
		t.Error("the timeout is not 10 s unless said otherwise")
	}
}

func TestDialerChecksTheAddressItDials(t *testing.T) {
	n := mustNew(t, Options{})
	l := mustListen(t, n, PortRange{})
	local := l.UDP4.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	at := func(host string) string {
		return net.JoinHostPort(host, netip.AddrPortFrom(netip.IPv4Unspecified(), local).String()[8:])
	}
	for _, c := range []struct {
		policy Policy
		to     string
		want   error
	}{
		{TrackerPolicy(false), "127.0.0.1", nil},
		{TrackerPolicy(false), "localhost", nil},
		{TrackerPolicy(true), "127.0.0.1", nil},
		{WebSeedPolicy(false), "127.0.0.1", ErrRefused},
		{WebSeedPolicy(false), "localhost", ErrRefused},
		{WebSeedPolicy(false), "::ffff:127.0.0.1", ErrRefused},
		{TrackerPolicy(true), "169.254.169.254", ErrRefused},
		{TrackerPolicy(true), "0.0.0.0", ErrRefused},
		{TrackerPolicy(true), "224.0.0.1", ErrRefused},
		{TrackerPolicy(true), "255.255.255.255", ErrRefused},
	} {
		for _, network := range []string{"udp4", "tcp4"} {
			conn, err := n.Dialer(c.policy).DialContext(t.Context(), network, at(c.to))
			if !errors.Is(err, c.want) {
				t.Errorf("%+v: dial %s over %s = %v, want %v", c.policy, c.to, network, err, c.want)
			}
			if err == nil {
				conn.Close()
			}
		}
	}
	for _, to := range []string{"fe80::1", "fd00:ec2::254", "::", "ff02::1", "64:ff9b::a9fe:a9fe"} {
		if _, err := n.Dialer(TrackerPolicy(true)).DialContext(t.Context(), "udp6", at(to)); !errors.Is(err, ErrRefused) {
			t.Errorf("dial %s = %v, want ErrRefused", to, err)
		}
	}
}

func TestDialerFamilies(t *testing.T) {
	l := mustListen(t, mustNew(t, Options{}), PortRange{})
	to := l.UDP4.LocalAddr().String()
	_, port, err := net.SplitHostPort(to)
	if err != nil {
		t.Fatal(err)
	}
	to = net.JoinHostPort("localhost", port)
	six := Policy{Trusted: true, Family: IPv6}
	for _, c := range []struct {
		name    string
		o       Options
		p       Policy
		network string
		want    error
	}{
		{"switched off", Options{IPv4: true}, Policy{Trusted: true}, "udp6", ErrFamily},
		{"switched off for tcp", Options{IPv6: true}, Policy{Trusted: true}, "tcp4", ErrFamily},
		{"not of the policy", Options{}, six, "udp4", ErrFamily},
		{"policy and options without common family", Options{IPv4: true}, six, "udp", ErrFamily},
		{"other transport", Options{}, Policy{Trusted: true}, "unix", ErrRefused},
		{"raw", Options{}, Policy{Trusted: true}, "ip4", ErrRefused},
		{"any", Options{}, Policy{Trusted: true}, "udp", nil},
		{"bound", Options{Bind: "127.0.0.1"}, Policy{Trusted: true}, "udp", nil},
		{"bound to an interface", Options{Bind: "*"}, Policy{Trusted: true}, "tcp", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.o.Bind == "*" {
				c.o.Bind = loopback(t)
			}
			conn, err := mustNew(t, c.o).Dialer(c.p).DialContext(t.Context(), c.network, to)
			if !errors.Is(err, c.want) {
				t.Errorf("DialContext = %v, want %v", err, c.want)
			}
			if err == nil {
				conn.Close()
			}
		})
	}
}

// A connection over UDP hears nobody but whom it was dialled to.
func TestDialerOverUDPHearsOneAddress(t *testing.T) {
	n := mustNew(t, Options{})
	l := mustListen(t, mustNew(t, Options{Bind: "127.0.0.1"}), PortRange{})
	stranger := mustListen(t, mustNew(t, Options{Bind: "127.0.0.1"}), PortRange{})
	conn, err := n.Dialer(TrackerPolicy(false)).DialContext(t.Context(), "udp4", l.UDP4.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, from := range []struct {
		socket net.PacketConn
		text   string
	}{{stranger.UDP4, "stranger"}, {l.UDP4, "tracker"}} {
		if _, err := from.socket.WriteTo([]byte(from.text), conn.LocalAddr()); err != nil {
			t.Fatal(err)
		}
	}
	b := make([]byte, 100)
	k, err := conn.Read(b)
	if err != nil || string(b[:k]) != "tracker" {
		t.Errorf("read %q, %v", b[:k], err)
	}
}
