package dht

import (
	"cmp"
	"encoding/binary"
	"math/bits"
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

// near orders by the distance to id.
func (id nodeID) near(a, b nodeID) int {
	for i := range id {
		if c := cmp.Compare(a[i]^id[i], b[i]^id[i]); c != 0 {
			return c
		}
	}
	return 0
}

// prefix is the number of leading bits that two ids share.
func (id nodeID) prefix(other nodeID) int {
	for i, b := range id.distance(other) {
		if b != 0 {
			return 8*i + bits.LeadingZeros8(b)
		}
	}
	return 8 * len(id)
}

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
