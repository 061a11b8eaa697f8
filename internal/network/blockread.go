package network

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
)

const (
	// maxBlocklist bounds a blocklist, unpacked, in bytes.
	maxBlocklist = 64 << 20
	// maxBlockLine bounds a line of it.
	maxBlockLine = 4 << 10
	// maxColons is how many places of a line a range may begin at.
	maxColons = 16
)

// ReadBlocklist reads a list of addresses, plain or packed with gzip, of at most 64 MiB. A line is a range
// with or without a description (the P2P format: "who it is:1.2.3.0-1.2.3.255"), a prefix ("1.2.3.0/24")
// or one address, of either family. Empty lines and those that begin with # or // say nothing. Others
// that are not understood are counted; a list of nothing else is refused.
func ReadBlocklist(r io.Reader) (*Blocklist, error) { return readBlocklist(r, maxBlocklist) }

func readBlocklist(r io.Reader, limit int64) (*Blocklist, error) {
	in := bufio.NewReader(r)
	var plain io.Reader = in
	if magic, _ := in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("unpack blocklist: %w", err)
		}
		plain = z
	}
	limited := &io.LimitedReader{R: plain, N: limit + 1}
	lines := bufio.NewScanner(limited)
	lines.Buffer(make([]byte, 0, 64<<10), int(limit)+2)
	b := new(Blocklist)
	for lines.Scan() {
		b.add(lines.Bytes())
	}
	switch err := lines.Err(); {
	case err != nil:
		return nil, fmt.Errorf("read blocklist: %w", err)
	case limited.N <= 0:
		return nil, fmt.Errorf("read blocklist: larger than %d MiB", limit>>20)
	}
	b.v4, b.v6 = merge(b.v4, compareNumbers), merge(b.v6, compare16)
	if b.Ranges() == 0 && b.bad > 0 {
		return nil, errors.New("read blocklist: no line of it is a range of addresses")
	}
	return b, nil
}

// add takes a line in.
func (b *Blocklist) add(line []byte) {
	line = bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\ufeff")))
	if len(line) == 0 || line[0] == '#' || bytes.HasPrefix(line, []byte("//")) {
		return
	}
	first, last, ok := netip.Addr{}, netip.Addr{}, false
	if len(line) <= maxBlockLine {
		first, last, ok = parseBlockLine(string(line))
	}
	switch {
	case !ok:
		b.bad++
	case first.Is4():
		b.v4 = append(b.v4, span[uint32]{number(first), number(last)})
	default:
		b.v6 = append(b.v6, span[[16]byte]{first.As16(), last.As16()})
	}
}

// parseBlockLine finds the range in a line. A description may have colons of its own, as addresses have.
func parseBlockLine(line string) (first, last netip.Addr, ok bool) {
	if i := strings.LastIndexByte(line, ':'); i >= 0 { // most lines by far
		if first, last, ok = parseRange(line[i+1:]); ok && first.Is4() {
			return first, last, true
		}
	}
	for range maxColons {
		if first, last, ok = parseRange(line); ok {
			return first, last, true
		}
		_, rest, more := strings.Cut(line, ":")
		if !more {
			break
		}
		line = rest
	}
	return first, last, false
}

// parseRange reads "a-b", "a/bits" or "a".
func parseRange(s string) (first, last netip.Addr, ok bool) {
	s = strings.TrimSpace(s)
	if a, b, dash := strings.Cut(s, "-"); dash {
		first, ok1 := parseBlockAddr(a)
		last, ok2 := parseBlockAddr(b)
		return first, last, ok1 && ok2 && first.Is4() == last.Is4() && !last.Less(first)
	}
	if a, bits, slash := strings.Cut(s, "/"); slash {
		ip, ok := parseBlockAddr(a)
		if !ok {
			return first, last, false
		}
		prefix, err := netip.ParsePrefix(ip.String() + "/" + bits)
		if err != nil {
			return first, last, false
		}
		first = prefix.Masked().Addr()
		return first, lastOf(prefix), true
	}
	first, ok = parseBlockAddr(s)
	return first, first, ok
}

// parseBlockAddr reads an address, in which numbers of IPv4 may begin with zeros and are decimal all the
// same.
func parseBlockAddr(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	ip, err := netip.ParseAddr(s)
	if err != nil && len(s) <= len("255.255.255.255") && strings.Count(s, ".") == 3 {
		parts := strings.Split(s, ".")
		for i, p := range parts {
			if short := strings.TrimLeft(p, "0"); p != "" && short == "" {
				parts[i] = "0"
			} else {
				parts[i] = short
			}
		}
		ip, err = netip.ParseAddr(strings.Join(parts, "."))
	}
	return ip.Unmap(), err == nil && ip.Zone() == ""
}

// lastOf is the last address of a prefix.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for bit := p.Bits(); bit < 8*len(b); bit++ {
		b[bit/8] |= 0x80 >> (bit % 8)
	}
	ip, _ := netip.AddrFromSlice(b)
	return ip
}
