package utp

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// newUDP has the kernel cut what is sent into packets, and put together what comes in a row from one address, where it can
// (UDP_SEGMENT of Linux 4.18, UDP_GRO of Linux 5.0).
func newUDP(conn *net.UDPConn) socket {
	s := &segmented{single: single{conn: conn, buf: make([]byte, maxDatagram)}}
	raw, err := conn.SyscallConn()
	if err != nil {
		return s
	}
	raw.Control(func(fd uintptr) { //nolint:errcheck // what it does not say is taken for a no
		_, err = unix.GetsockoptInt(int(fd), unix.SOL_UDP, unix.UDP_SEGMENT)
		s.cuts.Store(err == nil)
		unix.SetsockoptInt(int(fd), unix.SOL_UDP, unix.UDP_GRO, 1) //nolint:errcheck // then packets come one by one
	})
	return s
}

// segmented is a UDP socket that carries many packets in one call.
type segmented struct {
	single
	in   [256]byte // control messages, aligned as the kernel's are
	out  [64]byte
	cuts atomic.Bool // the kernel does
}

func (s *segmented) receive() ([]byte, int, netip.AddrPort, error) {
	n, oob, _, from, err := s.conn.ReadMsgUDPAddrPort(s.buf, s.in[:])
	if err != nil {
		return nil, 0, from, err
	}
	return s.buf[:n], segmentOf(s.in[:oob], n), unmapped(from), nil
}

// segmentOf finds the size of the packets in control messages; without one, all n bytes are a single packet.
func segmentOf(oob []byte, n int) int {
	for len(oob) >= unix.SizeofCmsghdr {
		h, data, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			break
		}
		if h.Level == unix.SOL_UDP && h.Type == unix.UDP_GRO && len(data) >= 4 {
			if size := int(binary.NativeEndian.Uint32(data)); size > 0 {
				return size
			}
		}
		oob = rest
	}
	return n
}

func (s *segmented) send(b []byte, segment int, to netip.AddrPort) error {
	if len(b) <= segment || !s.cuts.Load() {
		return s.single.send(b, segment, to)
	}
	oob := s.out[:unix.CmsgSpace(2)]
	h := (*unix.Cmsghdr)(unsafe.Pointer(&oob[0]))
	h.Level, h.Type = unix.SOL_UDP, unix.UDP_SEGMENT
	h.SetLen(unix.CmsgLen(2))
	binary.NativeEndian.PutUint16(oob[unix.CmsgLen(0):], uint16(segment))
	_, _, err := s.conn.WriteMsgUDPAddrPort(b, oob, to)
	if errors.Is(err, unix.EIO) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EMSGSIZE) {
		// The interface cannot do it, or the path is too narrow.
		if errors.Is(err, unix.EIO) {
			s.cuts.Store(false)
		}
		return s.single.send(b, segment, to)
	}
	return err
}
