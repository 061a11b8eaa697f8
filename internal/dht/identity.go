package dht

import (
	"net"
	"net/netip"
	"time"
)

// renameAgain is how long an id is kept at least: an address that comes and goes must not make the node
// start over all the time.
const renameAgain = 5 * time.Minute

// located works off what is known of our address now: it sees to the id, and has everything announced anew where
// the address is another than before.
func (f *family) located() {
	addr := f.external.address()
	if !addr.IsValid() {
		return
	}
	f.mu.Lock()
	moved := f.lastAddr.IsValid() && f.lastAddr != addr && time.Since(f.movedAt) >= renameAgain
	if f.lastAddr = addr; moved {
		f.movedAt = time.Now()
	}
	f.mu.Unlock()
	if moved {
		f.node.moved.fire()
	}
	f.identify(addr)
}

// identify gives the node an id that is right for its address as others see it (BEP 42), once they agree on
// another address than the id was made for.
func (f *family) identify(addr netip.Addr) {
	if secure(f.table.self(), addr) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if secure(f.table.self(), addr) || !f.renamedAt.IsZero() && time.Since(f.renamedAt) < renameAgain {
		return
	}
	f.renamedAt = time.Now()
	f.table.rename(newID(addr))
	f.reach.restart()
	f.node.log.Debug("dht: new node id for the address that others see", "address", addr)
	f.resettle()
}

// resettle asks join to look for our neighbours anew.
func (f *family) resettle() {
	select {
	case f.settle <- struct{}{}:
	default:
	}
}

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
func (f *family) isSelf(p netip.AddrPort, port uint16) bool {
	return port != 0 && p.Port() == port && (f.own[p.Addr()] || p.Addr() == f.external.address())
}
