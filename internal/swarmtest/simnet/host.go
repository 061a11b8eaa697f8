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
	NAT      NAT
}

// Host is one machine of a network.
type Host struct {
	net       *Network
	addr      netip.Addr
	nat       NAT
	holes     map[flow]hole // of the NAT
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

// Dial connects to an address from a port of its own, as TCP does: it takes one round trip. A host that is not there, is
// behind a NAT or cut off does not answer; one that does not listen refuses.
func (h *Host) Dial(ctx context.Context, addr netip.AddrPort) (net.Conn, error) {
	h.net.mu.Lock()
	from := h.port()
	h.net.mu.Unlock()
	return h.DialFrom(ctx, from, addr)
}

// DialFrom is Dial from a port that may be one that the host listens on, as uTP does. It connects through NATs where both
// sides dial at about the same time and each NAT lets in what its host has sent to: what asks for a connection is repeated
// while the dial lasts.
func (h *Host) DialFrom(ctx context.Context, from uint16, addr netip.AddrPort) (net.Conn, error) {
	n := h.net
	over := n.now() + int64(n.opts.ConnectTimeout)
	for pause := firstRepeat; ; pause *= 2 {
		next := min(n.now()+pause, over)
		c, err := h.knock(ctx, from, addr)
		if c != nil {
			return c, nil
		}
		if err == nil {
			err = n.sleep(ctx, next)
		}
		if err == nil && next == over {
			err = errTimeout
		}
		if err != nil {
			return nil, dialError(addr, err)
		}
	}
}

// firstRepeat is when a host that had no answer asks again; then it takes twice as long each time.
const firstRepeat = int64(time.Second)

// knock asks once for a connection. Both are nil where there is no answer.
func (h *Host) knock(ctx context.Context, from uint16, addr netip.AddrPort) (*Conn, error) {
	n := h.net
	n.mu.Lock()
	now := n.now()
	seen := netip.AddrPortFrom(h.addr, h.sendOut(now, flow{from, addr}))
	to := n.hosts[addr.Addr()]
	if to == nil || n.parted(h, to) {
		n.mu.Unlock()
		return nil, nil
	}
	delay := int64(n.path(h.addr, to.addr).Delay)
	n.mu.Unlock()
	if err := n.sleep(ctx, now+delay); err != nil {
		return nil, err
	}
	n.mu.Lock()
	inside, ok := to.letIn(n.now(), seen, addr.Port())
	n.mu.Unlock()
	if !ok {
		return nil, nil
	}
	if err := n.sleep(ctx, now+2*delay); err != nil {
		return nil, err
	}
	return n.connect(h, to, netip.AddrPortFrom(h.addr, from), seen, addr, inside)
}

func dialError(addr netip.AddrPort, err error) error {
	return &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(addr), Err: err}
}

// connect makes the two ends and hands one to the listener. The one that dials is near, and seen from the other side as
// seen; the other one is far for it, and listens on a port behind that.
func (n *Network) connect(from, to *Host, near, seen, far netip.AddrPort, port uint16) (*Conn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := to.listeners[port]
	if l == nil {
		return nil, errRefused
	}
	p := n.path(from.addr, to.addr)
	out, in := newStream(n, from, to, p), newStream(n, to, from, p)
	n.serial++
	a := newConn(n, out, in, near, far, 2*n.serial)
	b := newConn(n, in, out, l.addr, seen, 2*n.serial+1)
	select {
	case l.accept <- b:
	default:
		return nil, errRefused // the backlog is full
	}
	n.streams[out], n.streams[in] = struct{}{}, struct{}{}
	return a, nil
}
