package dht

import (
	"crypto/rand"
	"hash/crc32"
	"net/netip"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// newID makes an id at random that is right for a node at an address (BEP 42). Any is right for a private
// address and for none.
func newID(ip netip.Addr) (id nodeID) {
	rand.Read(id[:])
	if public(ip) {
		head := idHead(ip, id[19])
		id[0], id[1], id[2] = head[0], head[1], head[2]|id[2]&7
	}
	return id
}

// secure reports whether an id is right for a node at an address (BEP 42). Private addresses are exempt.
func secure(id nodeID, ip netip.Addr) bool {
	return !public(ip) || [3]byte{id[0], id[1], id[2] & 0xf8} == idHead(ip, id[19])
}

// idHead is the first 21 bits of the ids that a node at an address may have whose last byte is the given
// one. Of an IPv6 address the first half counts.
func idHead(ip netip.Addr, last byte) [3]byte {
	mask := []byte{0x03, 0x0f, 0x3f, 0xff}
	if ip.Is6() {
		mask = []byte{0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xff}
	}
	b := ip.AsSlice()[:len(mask)]
	for i := range b {
		b[i] &= mask[i]
	}
	b[0] |= last & 7 << 5
	sum := crc32.Checksum(b, castagnoli)
	return [3]byte{byte(sum >> 24), byte(sum >> 16), byte(sum>>8) & 0xf8}
}
