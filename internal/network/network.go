package network

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

// ErrBind is wrapped by every error that says that the address or the interface to bind to cannot
// be had.
var ErrBind = errors.New("binding is not possible")

// defaultDialTimeout is how long a connection to a peer may take to come about.
const defaultDialTimeout = 10 * time.Second

// Options say what a Network may use. The zero value is any address, both families, no limits.
type Options struct {
	// Bind is an address of this machine or the name of an interface. Everything that is listened
	// on or dialled goes through it, or fails. "" is any.
	Bind string
	// IPv4 and IPv6 allow only the families that are set; with none set both are allowed.
	IPv4, IPv6 bool
	// DialTimeout bounds DialPeer; 0 is 10 s.
	DialTimeout time.Duration
	// Down and Up are the limits of the process, handed on by the methods of these names. nil is
	// unlimited. The Network itself applies neither: whoever moves bytes asks them.
	Down, Up *Limiter
	// Proxy carries every connection, and what it cannot carry fails. nil is none.
	Proxy *Proxy
	// Blocklist names the addresses that are not to be peers; nil names none. Trackers and whatever
	// else a URL names are not peers.
	Blocklist *Blocklist
	// Log is where oddities go; nil discards them.
	Log *slog.Logger
}

// Network opens sockets under one set of Options. It is safe for use by many goroutines and holds
// nothing that needs closing.
type Network struct {
	bind        binding
	ipv4, ipv6  bool
	dialTimeout time.Duration
	down, up    *Limiter
	proxy       *Proxy
	blocked     atomic.Pointer[Blocklist]
	log         *slog.Logger
}

// New checks the options. It fails where Options.Bind names nothing that this machine has, or
// nothing of an allowed family; that error wraps ErrBind.
func New(o Options) (*Network, error) {
	n := &Network{
		ipv4:        o.IPv4 || !o.IPv6,
		ipv6:        o.IPv6 || !o.IPv4,
		dialTimeout: o.DialTimeout,
		down:        o.Down,
		up:          o.Up,
		proxy:       o.Proxy,
		log:         o.Log,
	}
	if n.dialTimeout <= 0 {
		n.dialTimeout = defaultDialTimeout
	}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	n.blocked.Store(o.Blocklist)
	n.bind = parseBinding(o.Bind)
	if n.bind.addr.IsValid() {
		n.ipv4 = n.ipv4 && n.bind.addr.Is4()
		n.ipv6 = n.ipv6 && n.bind.addr.Is6()
		if !n.ipv4 && !n.ipv6 {
			return nil, fmt.Errorf("bind to %s: %w: the family of this address is switched off", o.Bind, ErrBind)
		}
	}
	if err := n.bind.check(n.families()); err != nil {
		return nil, err
	}
	return n, nil
}

// Down is the limiter for what comes in, or nil.
func (n *Network) Down() *Limiter { return n.down }

// Up is the limiter for what goes out, or nil.
func (n *Network) Up() *Limiter { return n.up }

// Family is a version of the Internet Protocol. The zero value stands for both.
type Family int

// The families.
const (
	AnyFamily Family = 0
	IPv4      Family = 4
	IPv6      Family = 6
)

// has reports whether an address belongs to the family.
func (f Family) has(ip netip.Addr) bool {
	switch f {
	case IPv4:
		return ip.Is4()
	case IPv6:
		return ip.Is6() && !ip.Is4In6()
	}
	return ip.IsValid()
}

// suffix is what the net package appends to "tcp" and "udp" for the family.
func (f Family) suffix() string {
	switch f {
	case IPv4:
		return "4"
	case IPv6:
		return "6"
	}
	return ""
}

// families lists the allowed ones, IPv4 first.
func (n *Network) families() []Family {
	var fs []Family
	if n.ipv4 {
		fs = append(fs, IPv4)
	}
	if n.ipv6 {
		fs = append(fs, IPv6)
	}
	return fs
}

// only narrows a wanted family down to what is allowed: the families to dial with.
func (n *Network) only(want Family) []Family {
	var fs []Family
	for _, f := range n.families() {
		if want == AnyFamily || want == f {
			fs = append(fs, f)
		}
	}
	return fs
}

func (f Family) String() string {
	if f == AnyFamily {
		return "IP"
	}
	return "IPv" + f.suffix()
}

// localAddr makes the local address of a socket, with the port left to the system, or nil for none.
func localAddr(transport string, ip netip.Addr) net.Addr {
	if !ip.IsValid() || ip.IsUnspecified() {
		return nil
	}
	at := netip.AddrPortFrom(ip, 0)
	if transport == "udp" {
		return net.UDPAddrFromAddrPort(at)
	}
	return net.TCPAddrFromAddrPort(at)
}
