package lab

import (
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A Capture counts the packets that leave a device of a host.
type Capture struct {
	mu   sync.Mutex
	sent map[netip.Addr]int // by where they go
}

// Capture begins to count what leaves the host by a device. What the system sends on its own account to keep
// IPv6 going (ICMPv6) is left out, and so is ARP.
func (h *Host) Capture(device string) *Capture {
	h.t.Helper()
	c := &Capture{sent: map[netip.Addr]int{}}
	fd, err := h.packetSocket(device)
	if err != nil {
		h.t.Fatalf("capture at %s of %s: %v", device, h.Addr, err)
	}
	done, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		c.read(fd, done)
	}()
	h.t.Cleanup(func() {
		close(done)
		<-over
		unix.Close(fd)
	})
	return c
}

func (h *Host) packetSocket(device string) (fd int, err error) {
	err = h.within(func() error {
		at, err := net.InterfaceByName(device)
		if err != nil {
			return err
		}
		all := int(binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, unix.ETH_P_ALL))) // in the order of the network
		if fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, all); err != nil {
			return err
		}
		if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: uint16(all), Ifindex: at.Index}); err != nil {
			return err
		}
		return unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 100_000})
	})
	return fd, err
}

func (c *Capture) read(fd int, done <-chan struct{}) {
	b := make([]byte, 128)
	for {
		select {
		case <-done:
			return
		default:
		}
		n, from, err := unix.Recvfrom(fd, b, unix.MSG_TRUNC)
		link, ok := from.(*unix.SockaddrLinklayer)
		if err != nil || !ok || link.Pkttype != unix.PACKET_OUTGOING {
			continue
		}
		var to netip.Addr
		switch b := b[:min(n, len(b))]; {
		case len(b) >= 20 && b[0]>>4 == 4:
			to = netip.AddrFrom4([4]byte(b[16:]))
		case len(b) >= 40 && b[0]>>4 == 6 && b[6] != unix.IPPROTO_ICMPV6 && b[6] != unix.IPPROTO_HOPOPTS:
			to = netip.AddrFrom16([16]byte(b[24:]))
		default:
			continue
		}
		c.mu.Lock()
		c.sent[to]++
		c.mu.Unlock()
	}
}

// Sent returns how many packets left so far, by where they went.
func (c *Capture) Sent() map[netip.Addr]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[netip.Addr]int{}
	for to, n := range c.sent {
		out[to] = n
	}
	return out
}

// Reset forgets what was counted.
func (c *Capture) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.sent)
}

// For watches for a while: what must not happen has no moment at which it did not.
func (c *Capture) For(t testing.TB, d time.Duration) map[netip.Addr]int {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
	return c.Sent()
}
