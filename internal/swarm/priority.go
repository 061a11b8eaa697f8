package swarm

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"net/netip"
)

// priority is the canonical priority of the connection between two peers (BEP 40): both sides get the same number, so
// that who has to choose chooses alike. Addresses of two families, and unknown ones, have none.
func priority(a, b netip.AddrPort) uint32 {
	x, y := a.Addr().Unmap(), b.Addr().Unmap()
	if !x.IsValid() || !y.IsValid() || x.Is4() != y.Is4() {
		return 0
	}
	table := crc32.MakeTable(crc32.Castagnoli)
	if x == y {
		p, q := min(a.Port(), b.Port()), max(a.Port(), b.Port())
		return crc32.Checksum(binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, p), q), table)
	}
	m, n := x.AsSlice(), y.AsSlice()
	whole := 2 // bytes that count in full; of the others every second bit does
	if x.Is6() {
		whole = 6
	}
	for whole < len(m) && bytes.Equal(m[:whole], n[:whole]) {
		whole++
	}
	for i := whole; i < len(m); i++ {
		m[i], n[i] = m[i]&0x55, n[i]&0x55
	}
	if bytes.Compare(m, n) > 0 {
		m, n = n, m
	}
	return crc32.Checksum(append(m, n...), table)
}

// rank is what an address is worth where there are more of them than connections.
func (t *Torrent) rank(addr netip.AddrPort) uint32 {
	if t.cfg.External == nil {
		return 0
	}
	return priority(t.cfg.External(addr.Addr()), addr)
}

// idleFor is how many seconds without payload either way make a connection one that may be given up for another.
const idleFor = 30

// crowded is how many connections from one address are nothing special: several people may share one.
const crowded = 3

// makeRoomFor ends a connection that does nothing and ranks below addr, if there is one: so a full torrent stays one that
// newcomers get into. The lock is held.
func (t *Torrent) makeRoomFor(addr netip.AddrPort) bool {
	from := make(map[netip.Addr]int)
	for _, p := range t.peers {
		from[p.addr.Addr()]++
	}
	var worst *Peer
	lowest, crowd := t.rank(addr), max(from[addr.Addr()]+1, crowded)
	for _, p := range t.peers {
		if p.idle < idleFor || p.leaving {
			continue
		}
		// An address with many connections has them one after the other, whatever it ranks.
		if n := from[p.addr.Addr()]; n > crowd {
			worst, lowest, crowd = p, 0, n
		} else if r := t.rank(p.endpoint()); r < lowest {
			worst, lowest = p, r
		}
	}
	if worst == nil {
		return false
	}
	worst.leaving = true // it takes a moment, in which it makes room for nobody else
	worst.conn.Close(errFull)
	return true
}

// endpoint is where the peer listens if that is known, and else where it is.
func (p *Peer) endpoint() netip.AddrPort {
	if p.listens.IsValid() {
		return p.listens
	}
	return p.addr
}
