package utp

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"
)

// Dial makes a connection. Without an answer it gives up after seven seconds, or when ctx is done.
func (m *Mux) Dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	c, err := m.dial(netip.AddrPortFrom(to.Addr().Unmap(), to.Port()))
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: "utp", Addr: net.UDPAddrFromAddrPort(to), Err: err}
	}
	select {
	case <-c.up:
	case <-ctx.Done():
		c.Close()
		return nil, c.fail("dial", context.Cause(ctx))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == dead {
		return nil, c.fail("dial", c.err)
	}
	return c, nil
}

// errFamily says that an address is not of the socket's family.
var errFamily = errors.New("the socket has no address of this family")

// dial sends for a connection.
func (m *Mux) dial(to netip.AddrPort) (*Conn, error) {
	if local, ok := m.Addr().(*net.UDPAddr); ok && local.IP.To4() != nil && to.Addr().Is6() {
		return nil, errFamily
	}
	c, err := m.addOutgoing(to)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.wake()
	c.mu.Unlock()
	return c, nil
}

// addOutgoing finds a number for a new connection.
func (m *Mux) addOutgoing(to netip.AddrPort) (*Conn, error) {
	id := uint16(rand.Uint32())
	c := newConn(m, key{to, id}, id+1, dialling)
	c.out.first = uint16(rand.Uint32())
	c.out.next = c.out.first
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, net.ErrClosed
	}
	if len(m.conns) >= maxConns {
		return nil, ErrFull
	}
	for m.conns[c.key] != nil {
		c.key.id++
		c.sendID++
	}
	m.conns[c.key] = c
	return c, nil
}

// welcome answers a stranger who wants a connection.
func (m *Mux) welcome(p *packet, from netip.AddrPort, now time.Duration) {
	c := newConn(m, key{from, p.id + 1}, p.id, halfOpen)
	c.in.ack = p.seq
	c.out.first = uint16(rand.Uint32())
	c.out.next = c.out.first
	c.out.window = int(min(p.window, mostInAir))
	c.endBy = now + halfOpenFor
	c.owed = true
	gone, ok := m.addIncoming(c)
	if gone != nil {
		gone.abort()
	}
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.echoDelay(p, now)
	c.wake()
	c.setAlarm(now)
}

// addIncoming takes a half-open connection in. Where there are too many of them, gone is one that has to make room.
func (m *Mux) addIncoming(c *Conn) (gone *Conn, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || len(m.conns) >= maxConns {
		return nil, false
	}
	if len(m.half) >= maxHalf {
		for gone = range m.half { // any of them: a flood cannot choose
			break
		}
		delete(m.half, gone)
	}
	m.conns[c.key] = c
	m.half[c] = struct{}{}
	return gone, true
}

// promote hands a connection that has proved to be meant to Accept. It reports false while too many wait for
// that already.
func (m *Mux) promote(c *Conn) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	select {
	case m.incoming <- c:
		delete(m.half, c)
		return true
	default:
		return false
	}
}

// Accept waits for a connection that somebody else made and sent data over. After Close it fails with net.ErrClosed.
func (m *Mux) Accept() (net.Conn, error) {
	select {
	case c := <-m.incoming:
		return c, nil
	case <-m.done:
		return nil, &net.OpError{Op: "accept", Net: "utp", Addr: m.Addr(), Err: net.ErrClosed}
	}
}
