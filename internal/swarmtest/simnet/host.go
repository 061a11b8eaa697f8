package simnet

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// HostOptions are the properties of a host.
type HostOptions struct {
	Up, Down int64 // bytes a second; 0: unlimited
	NAT      bool  // it cannot be dialled
}

// Host is one machine of a network.
type Host struct {
	net       *Network
	addr      netip.Addr
	nat       bool
	up        uplink
	down      downlink
	listeners map[uint16]*listener
	nextPort  uint16
	sent      int64
	received  int64
}

// Addr is the host's address.
func (h *Host) Addr() netip.Addr { return h.addr }

// Traffic is the bytes that left the host and came to it.
func (h *Host) Traffic() (sent, received int64) {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	return h.sent, h.received
}

// SetRates changes the bandwidth in bytes a second (0: unlimited) for what is sent from now on.
func (h *Host) SetRates(up, down int64) {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	h.up.setRate(up)
	h.down.rate = down
}

// ResetConnections breaks a share (0 to 1) of the host's connections: both ends get a reset.
func (h *Host) ResetConnections(share float64) {
	n := h.net
	n.mu.Lock()
	defer n.mu.Unlock()
	var ends []*Conn
	for s := range n.streams {
		if s.from == h && !s.writer.closed {
			ends = append(ends, s.writer)
		}
	}
	byID(ends)
	for _, c := range ends {
		if share >= 1 || n.rand.Float64() < share {
			c.reset()
		}
	}
}

// Listen takes connections on a port; 0 chooses one.
func (h *Host) Listen(port uint16) (net.Listener, error) {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	if h.listeners[port] != nil {
		return nil, fmt.Errorf("listen on %s: port %d is taken", h.addr, port)
	}
	if port == 0 {
		port = h.port()
	}
	l := &listener{host: h, addr: netip.AddrPortFrom(h.addr, port), accept: make(chan *Conn, backlog), done: make(chan struct{})}
	h.listeners[port] = l
	return l, nil
}

// port gives out a port for this end of a connection. The lock is held.
func (h *Host) port() uint16 {
	h.nextPort++
	if h.nextPort < 32768 {
		h.nextPort = 32768
	}
	return h.nextPort
}

// Dial connects to an address: it takes one round trip. A host that is not there, is behind a NAT or cut off does not
// answer; one that does not listen refuses.
func (h *Host) Dial(ctx context.Context, addr netip.AddrPort) (net.Conn, error) {
	n := h.net
	n.mu.Lock()
	to := n.hosts[addr.Addr()]
	wait, silent := n.opts.ConnectTimeout, true
	if to != nil && !to.nat && !n.parted(h, to) {
		wait, silent = 2*n.path(h.addr, to.addr).Delay, false
	}
	n.mu.Unlock()
	if wait > 0 {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return nil, dialError(addr, context.Cause(ctx))
		}
	}
	if silent {
		return nil, dialError(addr, errTimeout)
	}
	c, err := n.connect(h, to, addr.Port())
	if err != nil {
		return nil, dialError(addr, err)
	}
	return c, nil
}

func dialError(addr netip.AddrPort, err error) error {
	return &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(addr), Err: err}
}

// connect makes the two ends and hands one to the listener.
func (n *Network) connect(from, to *Host, port uint16) (*Conn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := to.listeners[port]
	if l == nil {
		return nil, errRefused
	}
	p := n.path(from.addr, to.addr)
	near, far := netip.AddrPortFrom(from.addr, from.port()), l.addr
	out, in := newStream(n, from, to, p), newStream(n, to, from, p)
	n.serial++
	a := newConn(n, out, in, near, far, 2*n.serial)
	b := newConn(n, in, out, far, near, 2*n.serial+1)
	select {
	case l.accept <- b:
	default:
		return nil, errRefused // the backlog is full
	}
	n.streams[out], n.streams[in] = struct{}{}, struct{}{}
	return a, nil
}
