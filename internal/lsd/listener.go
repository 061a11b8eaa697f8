package lsd

import (
	"net"
	"net/netip"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

type listener4 struct {
	*ipv4.PacketConn
	group netip.Addr
}

func newConn4(conn net.PacketConn) *ipv4.PacketConn {
	c := ipv4.NewPacketConn(conn)
	_ = c.SetControlMessage(ipv4.FlagDst, true) // not on every system; then receive cannot tell
	return c
}

func (l listener4) join(i *net.Interface) error {
	return l.JoinGroup(i, &net.UDPAddr{IP: l.group.AsSlice()})
}

func (l listener4) receive(b []byte) (int, netip.Addr, netip.AddrPort, error) {
	n, cm, src, err := l.ReadFrom(b)
	if err != nil {
		return 0, netip.Addr{}, netip.AddrPort{}, err
	}
	var to netip.Addr
	if cm != nil {
		to, _ = netip.AddrFromSlice(cm.Dst)
	}
	return n, to.Unmap(), addrPort(src), nil
}

type listener6 struct {
	*ipv6.PacketConn
	group netip.Addr
}

func newConn6(conn net.PacketConn) *ipv6.PacketConn {
	c := ipv6.NewPacketConn(conn)
	_ = c.SetControlMessage(ipv6.FlagDst, true) // not on every system; then receive cannot tell
	return c
}

func (l listener6) join(i *net.Interface) error {
	return l.JoinGroup(i, &net.UDPAddr{IP: l.group.AsSlice()})
}

func (l listener6) receive(b []byte) (int, netip.Addr, netip.AddrPort, error) {
	n, cm, src, err := l.ReadFrom(b)
	if err != nil {
		return 0, netip.Addr{}, netip.AddrPort{}, err
	}
	var to netip.Addr
	if cm != nil {
		to, _ = netip.AddrFromSlice(cm.Dst)
	}
	return n, to.Unmap(), addrPort(src), nil
}

func addrPort(a net.Addr) netip.AddrPort {
	if u, ok := a.(*net.UDPAddr); ok {
		return u.AddrPort()
	}
	return netip.AddrPort{}
}
