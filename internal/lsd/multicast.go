package lsd

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// The groups of BEP 14.
var (
	group4 = netip.MustParseAddrPort("239.192.152.143:6771")
	group6 = netip.MustParseAddrPort("[ff15::efc0:988f]:6771")
)

// renew is how old the list of interfaces may get: networks come and go while a program runs.
const renew = time.Minute

// multicast is the link of one family. It hears the group on one socket, and has a socket for each
// interface to send from, whose address is the one that others are to connect to.
type multicast struct {
	to   netip.AddrPort
	bind string
	six  bool
	in   listener

	mu      sync.Mutex
	listed  time.Time
	senders map[string]*sender // by interface name
	joined  map[int]bool       // interfaces by index that the group is heard on
	local   []netip.Prefix     // the networks of those interfaces
	closed  bool
}

// listener is the socket that hears a group.
type listener interface {
	join(i *net.Interface) error
	// receive returns the group or address that the packet was sent to, invalid where the system does
	// not tell.
	receive(b []byte) (n int, to netip.Addr, from netip.AddrPort, err error)
	Close() error
}

type sender struct {
	net.PacketConn
	from netip.Addr
}

// openMulticast opens the link of a family. The error says why there is none. A network that comes up
// later is joined then.
func openMulticast(bind string, six bool, log *slog.Logger) (*multicast, error) {
	m := &multicast{to: group4, bind: bind, six: six, senders: map[string]*sender{}, joined: map[int]bool{}}
	if six {
		m.to = group6
	}
	conn, err := net.ListenPacket(m.network(), m.to.String()) // shared with other programs; hears any address
	if err != nil {
		return nil, fmt.Errorf("listen to %s: %w", m.to, err)
	}
	if six {
		m.in = listener6{newConn6(conn), m.to.Addr()}
	} else {
		m.in = listener4{newConn4(conn), m.to.Addr()}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.refresh(); err != nil {
		log.Debug("lsd: not on every interface", "group", m.group(), "error", err)
	}
	return m, nil
}

func (m *multicast) network() string {
	if m.six {
		return "udp6"
	}
	return "udp4"
}

func (m *multicast) group() string { return m.to.String() }

// refresh joins the group on interfaces that are new and leaves alone those that are gone. m.mu is held.
func (m *multicast) refresh() error {
	nics, err := chooseInterfaces(m.bind, m.six)
	if err != nil {
		return fmt.Errorf("list interfaces: %w", err)
	}
	bound, _ := netip.ParseAddr(m.bind)
	var failed error
	kept := map[string]*sender{}
	m.local = m.local[:0]
	for _, n := range nics {
		if !m.joined[n.Index] {
			// One that cannot be heard may still be told, and be heard later.
			err := m.in.join(&n.Interface)
			if err != nil {
				failed = errors.Join(failed, fmt.Errorf("join %s on %s: %w", m.to, n.Name, err))
			}
			m.joined[n.Index] = err == nil
		}
		from := n.source(bound)
		s := m.senders[n.Name]
		if s == nil || s.from != from {
			if s, err = m.open(n, from); err != nil {
				failed = errors.Join(failed, fmt.Errorf("open socket on %s: %w", n.Name, err))
				continue
			}
		}
		kept[n.Name] = s
		m.local = append(m.local, n.addrs...)
	}
	for name, s := range m.senders {
		if kept[name] != s {
			s.Close()
		}
	}
	m.senders, m.listed = kept, time.Now()
	if len(kept) == 0 {
		failed = errors.Join(errors.New("no interface can do multicast"), failed)
	}
	return failed
}

// open opens the socket to send from on an interface.
func (m *multicast) open(n nic, from netip.Addr) (*sender, error) {
	conn, err := net.ListenPacket(m.network(), netip.AddrPortFrom(from, 0).String())
	if err != nil {
		return nil, err
	}
	if m.six {
		err = ipv6.NewPacketConn(conn).SetMulticastInterface(&n.Interface)
	} else {
		err = ipv4.NewPacketConn(conn).SetMulticastInterface(&n.Interface)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &sender{conn, from}, nil
}

func (m *multicast) send(b []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return net.ErrClosed
	}
	var failed error
	if time.Since(m.listed) >= renew {
		failed = m.refresh()
	}
	for name, s := range m.senders {
		if _, err := s.WriteTo(b, net.UDPAddrFromAddrPort(m.to)); err != nil {
			failed = errors.Join(failed, fmt.Errorf("send on %s: %w", name, err))
		}
	}
	return failed
}

func (m *multicast) receive(b []byte) (int, netip.Addr, error) {
	for {
		n, to, from, err := m.in.receive(b)
		if err != nil {
			return 0, netip.Addr{}, err
		}
		ip := from.Addr().Unmap()
		if (!to.IsValid() || to == m.to.Addr()) && m.near(ip) {
			return n, ip, nil
		}
	}
}

// near reports whether an address is of the local network: of a network that an interface is in, or of
// those that no router of the internet carries.
func (m *multicast) near(ip netip.Addr) bool {
	if ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsLoopback() {
		return true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.local {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

func (m *multicast) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.in.Close()
	for _, s := range m.senders {
		s.Close()
	}
}
