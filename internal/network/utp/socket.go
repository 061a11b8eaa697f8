package utp

import (
	"errors"
	"net"
	"net/netip"
)

const (
	maxDatagram = 64 << 10
	wantBuffer  = 4 << 20 // bytes that the system should hold of what comes in, and of what goes out
)

// socket sends and receives packets, several at once where the system can.
type socket interface {
	// receive waits for packets from one address. All are of the size segment but the last, which may be
	// shorter. They are valid until the next call.
	receive() (b []byte, segment int, from netip.AddrPort, err error)
	// send sends packets of the size segment, of which the last may be shorter.
	send(b []byte, segment int, to netip.AddrPort) error
}

// newSocket makes the best of a connection.
func newSocket(conn net.PacketConn) socket {
	udp, ok := conn.(*net.UDPConn)
	if !ok {
		return &plain{conn: conn, buf: make([]byte, maxDatagram)}
	}
	// The system grants what it likes; whatever it is will do.
	udp.SetReadBuffer(wantBuffer)  //nolint:errcheck // see above
	udp.SetWriteBuffer(wantBuffer) //nolint:errcheck // see above
	return newUDP(udp)
}

// single is a UDP socket that is used a packet at a time.
type single struct {
	conn *net.UDPConn
	buf  []byte
}

func (s *single) receive() ([]byte, int, netip.AddrPort, error) {
	n, from, err := s.conn.ReadFromUDPAddrPort(s.buf)
	return s.buf[:n], n, unmapped(from), err
}

func (s *single) send(b []byte, segment int, to netip.AddrPort) (err error) {
	for len(b) > 0 {
		n := min(segment, len(b))
		if _, e := s.conn.WriteToUDPAddrPort(b[:n], to); e != nil {
			err = e
		}
		b = b[n:]
	}
	return err
}

// unmapped is an address as others write it: a socket for both families has IPv4 ones inside of IPv6.
func unmapped(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

// plain is a connection that is no socket.
type plain struct {
	conn net.PacketConn
	buf  []byte
}

var errAddr = errors.New("the packet's address is not one of UDP")

func (s *plain) receive() ([]byte, int, netip.AddrPort, error) {
	n, from, err := s.conn.ReadFrom(s.buf)
	if err != nil {
		return nil, 0, netip.AddrPort{}, err
	}
	a, ok := from.(*net.UDPAddr)
	if !ok {
		return nil, 0, netip.AddrPort{}, errAddr
	}
	return s.buf[:n], n, unmapped(a.AddrPort()), nil
}

func (s *plain) send(b []byte, segment int, to netip.AddrPort) (err error) {
	addr := net.UDPAddrFromAddrPort(to)
	for len(b) > 0 {
		n := min(segment, len(b))
		if _, e := s.conn.WriteTo(b[:n], addr); e != nil {
			err = e
		}
		b = b[n:]
	}
	return err
}
