package dht

import (
	"net"
	"net/netip"
)

// dialable reports whether an address may be written to at all: of this family, with a port, and of one
// host. An IPv4 address in IPv6 clothes is of neither family.
func dialable(a netip.AddrPort, six bool) bool {
	ip := a.Addr()
	if a.Port() == 0 || !ip.IsValid() || ip.Is4() == six || ip.Is4In6() {
		return false
	}
	if ip.IsUnspecified() || ip.IsMulticast() || ip.Is6() && ip.IsLinkLocalUnicast() {
		return false
	}
	return !ip.Is4() || ip.As4()[0] != 0 && ip.As4()[0] < 240
}

// public reports whether an address lies in the public internet.
func public(ip netip.Addr) bool {
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !sharedSpace.Contains(ip)
}

// sharedSpace is what carriers number their customers from (RFC 6598).
var sharedSpace = netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10)

// credible reports whether from may name a: a node of the public internet has no business with addresses
// of private networks, and naming them would make us knock inside our own.
func credible(from, a netip.Addr) bool { return public(a) || !public(from) }

// hostOf is what counts as one host: an IPv4 address, an IPv6 network of 64 bits.
func hostOf(ip netip.Addr) netip.Prefix {
	if ip.Is6() {
		return cut(ip, 64)
	}
	return cut(ip, 32)
}

// networkOf is what counts as one party, who may own many hosts: 16 bits of an IPv4 address, what a
// provider is given of an IPv6 one.
func networkOf(ip netip.Addr) netip.Prefix {
	if ip.Is6() {
		return cut(ip, 32)
	}
	return cut(ip, 16)
}

func cut(ip netip.Addr, bits int) netip.Prefix {
	p, _ := ip.Prefix(bits)
	return p
}

// addrPort is the address of a packet, IPv4 as IPv4; zero if it is not an IP address.
func addrPort(a net.Addr) netip.AddrPort {
	var ap netip.AddrPort
	if u, ok := a.(*net.UDPAddr); ok {
		ap = u.AddrPort()
	} else if a != nil {
		ap, _ = netip.ParseAddrPort(a.String())
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
