package simnet

import (
	"net"
	"net/netip"
	"sync"
)

// backlog is how many connections may wait to be accepted.
const backlog = 128

// listener is a net.Listener on a host.
type listener struct {
	host   *Host
	addr   netip.AddrPort
	accept chan *Conn
	done   chan struct{}
	once   sync.Once
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.accept:
		return c, nil
	case <-l.done:
		return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.Addr(), Err: net.ErrClosed}
	}
}

func (l *listener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.addr) }

// Close ends Accept. Connections that nobody has accepted are reset.
func (l *listener) Close() error {
	l.once.Do(func() {
		n := l.host.net
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(l.host.listeners, l.addr.Port())
		close(l.done)
		for {
			select {
			case c := <-l.accept:
				c.reset()
			default:
				return
			}
		}
	})
	return nil
}
