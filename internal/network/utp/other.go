package utp

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// Packets that wait for whoever shares the socket. More are dropped, as the system does.
const (
	otherPackets = 512
	otherBytes   = 1 << 20
)

// other is the part of the socket that is not uTP.
type other struct {
	conn net.PacketConn

	mu     sync.Mutex
	reader deadline
	row    []datagram
	bytes  int
	closed bool
}

type datagram struct {
	from netip.AddrPort
	data []byte
}

func (o *other) init(conn net.PacketConn) {
	o.conn = conn
	o.reader.cond.L = &o.mu
}

// deliver queues a copy of a packet.
func (o *other) deliver(b []byte, from netip.AddrPort) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || len(o.row) >= otherPackets || o.bytes+len(b) > otherBytes {
		return
	}
	o.row = append(o.row, datagram{from, append([]byte(nil), b...)})
	o.bytes += len(b)
	o.reader.cond.Broadcast()
}

// ReadFrom waits for a packet. What does not fit into p is cut off.
func (o *other) ReadFrom(p []byte) (int, net.Addr, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		switch {
		case o.closed:
			return 0, nil, o.fail("read", net.ErrClosed)
		case o.reader.passed():
			return 0, nil, o.fail("read", os.ErrDeadlineExceeded)
		case len(o.row) > 0:
			d := o.row[0]
			o.row[0] = datagram{}
			o.row = o.row[1:]
			o.bytes -= len(d.data)
			return copy(p, d.data), net.UDPAddrFromAddrPort(d.from), nil
		}
		o.reader.wait()
	}
}

func (o *other) fail(op string, err error) error {
	return &net.OpError{Op: op, Net: "udp", Addr: o.conn.LocalAddr(), Err: err}
}

// WriteTo sends a packet.
func (o *other) WriteTo(p []byte, to net.Addr) (int, error) { return o.conn.WriteTo(p, to) }

// Close ends reading here. The socket stays as it is.
func (o *other) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed, o.row, o.bytes = true, nil, 0
	o.reader.end()
	return nil
}

// LocalAddr is the socket's address.
func (o *other) LocalAddr() net.Addr { return o.conn.LocalAddr() }

// SetDeadline is SetReadDeadline and SetWriteDeadline.
func (o *other) SetDeadline(t time.Time) error {
	if err := o.SetReadDeadline(t); err != nil {
		return err
	}
	return o.SetWriteDeadline(t)
}

// SetReadDeadline bounds ReadFrom, one that waits already too.
func (o *other) SetReadDeadline(t time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return o.fail("set", net.ErrClosed)
	}
	o.reader.set(t)
	return nil
}

// SetWriteDeadline bounds nothing: sending a packet does not wait for anybody.
func (o *other) SetWriteDeadline(time.Time) error { return nil }
