package dht

import (
	"net"
	"net/netip"
)

// ownAddrs are the addresses that the socket is reached at from this machine and its networks.
func ownAddrs(conn net.PacketConn, six bool) map[netip.Addr]bool {
	own := map[netip.Addr]bool{}
	if bound := addrPort(conn.LocalAddr()).Addr(); bound.IsValid() && !bound.IsUnspecified() {
		own[bound] = true
		return own
	}
	addrs, _ := net.InterfaceAddrs() // without them only the address that others report is known
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is6() == six {
			own[p.Addr()] = true
		}
	}
	return own
}

// isSelf reports whether a peer is this program: other nodes hand our own announce back to us.
func (l *lookup) isSelf(p netip.AddrPort) bool {
	return l.port != 0 && p.Port() == l.port && (l.own[p.Addr()] || p.Addr() == l.external.address())
}
