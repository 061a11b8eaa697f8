package dht

import (
	"bytes"
	"encoding/binary"
	"net/netip"
)

// nodeID is a node's id, or an infohash: a point in the DHT's space of 160 bits.
type nodeID [20]byte

// distance is the XOR metric of BEP 5.
func (id nodeID) distance(to nodeID) nodeID {
	for i := range id {
		id[i] ^= to[i]
	}
	return id
}

func (id nodeID) compare(other nodeID) int { return bytes.Compare(id[:], other[:]) }

// contact is a node and where it is.
type contact struct {
	id   nodeID
	addr netip.AddrPort
}

// addrSize is the length of a compact address of a family: IP and port.
func addrSize(six bool) int {
	if six {
		return 18
	}
	return 6
}

// parseAddr reads a compact address (BEP 5, BEP 32); b has 6 or 18 bytes.
func parseAddr(b []byte) netip.AddrPort {
	ip, _ := netip.AddrFromSlice(b[:len(b)-2])
	return netip.AddrPortFrom(ip, binary.BigEndian.Uint16(b[len(b)-2:]))
}

func appendAddr(b []byte, a netip.AddrPort) []byte {
	b = append(b, a.Addr().AsSlice()...)
	return binary.BigEndian.AppendUint16(b, a.Port())
}

// parseContacts reads compact node infos, at most limit of them; a trailing fragment is ignored.
func parseContacts(b []byte, six bool, limit int) []contact {
	size := 20 + addrSize(six)
	var out []contact
	for ; len(b) >= size && len(out) < limit; b = b[size:] {
		c := contact{id: nodeID(b[:20]), addr: parseAddr(b[20:size])}
		if dialable(c.addr, six) && c.id != (nodeID{}) {
			out = append(out, c)
		}
	}
	return out
}

func appendContacts(b []byte, cs []contact) []byte {
	for _, c := range cs {
		b = append(b, c.id[:]...)
		b = appendAddr(b, c.addr)
	}
	return b
}

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
