package utp

import "net/netip"

const (
	maxSegments = 64    // packets that one system call may send (UDP_MAX_SEGMENTS of Linux)
	maxGroup    = 65000 // bytes that it may send
)

// batch collects packets that are sent together.
type batch struct {
	buf    []byte
	groups []group
}

// group is a row of packets to one address, all of one size but the last, which may be shorter.
type group struct {
	to         netip.AddrPort
	begin, end int // in the batch's buffer
	segment    int // the size of all but the last
}

// packet makes room for a packet and returns its memory, valid until the next call.
func (b *batch) packet(to netip.AddrPort, size int) []byte {
	at := len(b.buf)
	if cap(b.buf)-at < size {
		b.buf = append(make([]byte, 0, 2*cap(b.buf)+size), b.buf...)
	}
	b.buf = b.buf[:at+size]
	if n := len(b.groups); n == 0 || !b.groups[n-1].take(to, size) {
		b.groups = append(b.groups, group{to, at, at + size, size})
	}
	return b.buf[at:]
}

// take appends a packet to the group if it fits in.
func (g *group) take(to netip.AddrPort, size int) bool {
	n := g.end - g.begin
	if g.to != to || n%g.segment != 0 || size > g.segment || n+size > maxGroup || n/g.segment >= maxSegments {
		return false
	}
	g.end += size
	return true
}

// full tells that it is time to send.
func (b *batch) full() bool { return len(b.buf) >= quantum }

// flush sends everything.
func (b *batch) flush(send func(b []byte, segment int, to netip.AddrPort)) {
	for _, g := range b.groups {
		send(b.buf[g.begin:g.end], g.segment, g.to)
	}
	b.buf, b.groups = b.buf[:0], b.groups[:0]
}
