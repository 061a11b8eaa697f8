package lab

import (
	"bytes"
	"encoding/binary"
	"maps"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A Capture counts the packets that leave a device of a host.
type Capture struct {
	mu     sync.Mutex
	sent   map[netip.Addr]int // by where they go
	watch  []byte
	naming map[netip.AddrPort]int // UDP packets that have these bytes in them, by where they go
}

// Capture begins to count what leaves the host by a device. What the system sends on its own account to keep
// IPv6 going (ICMPv6) is left out, and so is ARP.
func (h *Host) Capture(device string) *Capture {
	h.t.Helper()
	c := &Capture{sent: map[netip.Addr]int{}, naming: map[netip.AddrPort]int{}}
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
	b := make([]byte, 2048)
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
		c.count(b[:min(n, len(b))])
	}
}

// count takes in one packet.
func (c *Capture) count(b []byte) {
	to, proto, rest := destination(b), 0, []byte(nil)
	switch {
	case to.Is4():
		proto, rest = int(b[9]), b[min(len(b), int(b[0]&0xf)*4):]
	case to.Is6():
		proto, rest = int(b[6]), b[40:]
	}
	if !to.IsValid() || proto == unix.IPPROTO_ICMPV6 || proto == unix.IPPROTO_HOPOPTS {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent[to]++
	if proto == unix.IPPROTO_UDP && len(rest) >= 8 && len(c.watch) > 0 && bytes.Contains(rest[8:], c.watch) {
		c.naming[netip.AddrPortFrom(to, binary.BigEndian.Uint16(rest[2:]))]++
	}
}

// Watch has the capture look for bytes in the UDP packets from now on.
func (c *Capture) Watch(bytes []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watch = bytes
}

// Naming returns how many UDP packets had the watched bytes in them, by where they went.
func (c *Capture) Naming() map[netip.AddrPort]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.naming)
}

// Sent returns how many packets left so far, by where they went.
func (c *Capture) Sent() map[netip.Addr]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.sent)
}

// Reset forgets what was counted.
func (c *Capture) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.sent)
	clear(c.naming)
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
