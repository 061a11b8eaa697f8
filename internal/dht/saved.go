package dht

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"net/netip"
)

// The table file: a magic line; for IPv4, then for IPv6, our node id, our address as others saw it (4 or 16
// bytes, zeros if unknown), the number of nodes (2 bytes, big endian) and as many compact node infos (BEP 5,
// BEP 32); and the CRC-32 (IEEE) of all that, 4 bytes.
const (
	tableMagic    = "shoal dht table 2\n"
	maxSavedNodes = 300 // of a family
	maxTableFile  = 64 << 10
)

// savedTable is the content of a table file.
type savedTable struct{ ipv4, ipv6 savedFamily }

type savedFamily struct {
	id       nodeID
	external netip.Addr
	nodes    []contact
}

var errTableCorrupt = errors.New("the file is corrupt")

func (t savedTable) encode() []byte {
	b := []byte(tableMagic)
	b = t.ipv4.append(b, false)
	b = t.ipv6.append(b, true)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

func (t savedFamily) append(b []byte, six bool) []byte {
	ip := make([]byte, addrSize(six)-2)
	if t.external.IsValid() && t.external.Is6() == six {
		ip = t.external.AsSlice()
	}
	b = append(append(b, t.id[:]...), ip...)
	nodes := t.nodes[:min(len(t.nodes), maxSavedNodes)]
	b = binary.BigEndian.AppendUint16(b, uint16(len(nodes)))
	return appendContacts(b, nodes)
}

func decodeTable(b []byte) (t savedTable, err error) {
	if len(b) < len(tableMagic)+4 || !bytes.HasPrefix(b, []byte(tableMagic)) {
		return t, errTableCorrupt
	}
	body, sum := b[:len(b)-4], b[len(b)-4:]
	if crc32.ChecksumIEEE(body) != binary.BigEndian.Uint32(sum) {
		return t, errTableCorrupt
	}
	rest := body[len(tableMagic):]
	if t.ipv4, rest, err = decodeFamily(rest, false); err != nil {
		return savedTable{}, err
	}
	if t.ipv6, rest, err = decodeFamily(rest, true); err != nil || len(rest) > 0 {
		return savedTable{}, errTableCorrupt
	}
	return t, nil
}

func decodeFamily(b []byte, six bool) (t savedFamily, rest []byte, err error) {
	size := addrSize(six) - 2
	if len(b) < len(t.id)+size+2 {
		return t, nil, errTableCorrupt
	}
	t.id, b = nodeID(b[:len(t.id)]), b[len(t.id):]
	if ip, _ := netip.AddrFromSlice(b[:size]); !ip.IsUnspecified() {
		t.external = ip
	}
	n := int(binary.BigEndian.Uint16(b[size:]))
	length := n * (20 + addrSize(six))
	if b = b[size+2:]; n > maxSavedNodes || len(b) < length {
		return t, nil, errTableCorrupt
	}
	t.nodes = parseContacts(b[:length], six, maxSavedNodes)
	return t, b[length:], nil
}
