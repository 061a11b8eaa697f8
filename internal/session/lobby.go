package session

import (
	"net"
	"net/netip"
	"slices"
	"sync"
)

// maxHandshakes is how many connections may be there at once that have not said what they want yet.
const maxHandshakes = 200

// lobby is where connections that came in are until their handshake is over. When it is full, the one goes that has been
// there longest, of the address that has most: so whoever comes and says nothing keeps nobody else out.
type lobby struct {
	mu     sync.Mutex
	guests []guest // in the order in which they came
	closed bool
}

type guest struct {
	addr netip.Addr
	nc   net.Conn
}

// enter takes a connection in; leave has to be called when its handshake is over.
func (l *lobby) enter(nc net.Conn) (leave func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		nc.Close()
		return func() {}
	}
	if len(l.guests) >= maxHandshakes {
		i := l.unwanted()
		l.guests[i].nc.Close() // its handshake fails
		l.guests = slices.Delete(l.guests, i, i+1)
	}
	l.guests = append(l.guests, guest{addrOf(nc).Addr(), nc})
	return func() { l.leave(nc) }
}

// close sends everybody away, and whoever comes later: nobody waits for those who say nothing.
func (l *lobby) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, g := range l.guests {
		g.nc.Close()
	}
	l.guests = nil
}

// unwanted is the guest that has to go.
func (l *lobby) unwanted() int {
	count := make(map[netip.Addr]int)
	for _, g := range l.guests {
		count[g.addr]++
	}
	worst := 0
	for i, g := range l.guests {
		if count[g.addr] > count[l.guests[worst].addr] {
			worst = i
		}
	}
	return worst
}

func (l *lobby) leave(nc net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, g := range l.guests {
		if g.nc == nc {
			l.guests = slices.Delete(l.guests, i, i+1)
			return
		}
	}
}
