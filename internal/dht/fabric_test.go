package dht

import (
	"context"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"
)

// fabric is a network in memory, with delay and loss, for tests in virtual time.
type fabric struct {
	delay time.Duration // one way, plus up to as much again
	loss  float64       // share of packets that vanish

	mu      sync.Mutex
	sockets map[netip.AddrPort]*socket
	sent    map[netip.AddrPort]int                  // packets written, by sender
	watch   func(b []byte, from, to netip.AddrPort) // sees every packet that is written; mu is held
}

func newFabric() *fabric {
	return &fabric{sockets: map[netip.AddrPort]*socket{}, sent: map[netip.AddrPort]int{}, delay: 20 * time.Millisecond}
}

// listen opens a socket at a public address that the number stands for. Neighbouring numbers are in
// different networks.
func (f *fabric) listen(number int, six bool) *socket {
	if six {
		ip := [16]byte{0: 0x20, 1: 0x03, 2: byte(number >> 8), 3: byte(number), 15: 1}
		return f.listenAt(netip.AddrPortFrom(netip.AddrFrom16(ip), 6881))
	}
	return f.listenAt(testAddr(number, 6881))
}

func (f *fabric) listenAt(addr netip.AddrPort) *socket {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := &socket{fabric: f, addr: addr, in: make(chan datagram, 4096), wake: make(chan struct{}), closed: make(chan struct{})}
	f.sockets[addr] = s
	return s
}

func (f *fabric) packets(from netip.AddrPort) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sent[from]
}

func (f *fabric) lose(share float64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loss = share
}

type datagram struct {
	b    []byte
	from netip.AddrPort
}

type socket struct {
	fabric *fabric
	addr   netip.AddrPort
	in     chan datagram
	closed chan struct{}
	once   sync.Once

	mu      sync.Mutex
	wake    chan struct{} // closed by SetReadDeadline
	expired bool
}

func (s *socket) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		s.mu.Lock()
		wake, expired := s.wake, s.expired
		s.mu.Unlock()
		if expired {
			return 0, nil, os.ErrDeadlineExceeded
		}
		select {
		case d := <-s.in:
			return copy(b, d.b), net.UDPAddrFromAddrPort(d.from), nil
		case <-wake:
		case <-s.closed:
			return 0, nil, net.ErrClosed
		}
	}
}

func (s *socket) WriteTo(b []byte, to net.Addr) (int, error) {
	f := s.fabric
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent[s.addr]++
	target := addrPort(to)
	if f.watch != nil {
		f.watch(b, s.addr, target)
	}
	d := datagram{append([]byte(nil), b...), s.addr}
	peer := f.sockets[target]
	if peer == nil || rand.Float64() < f.loss {
		return len(b), nil
	}
	time.AfterFunc(f.delay+rand.N(f.delay+1), func() {
		select {
		case peer.in <- d:
		default:
		}
	})
	return len(b), nil
}

// Close takes the socket off the network.
func (s *socket) Close() error {
	s.once.Do(func() {
		s.fabric.mu.Lock()
		defer s.fabric.mu.Unlock()
		delete(s.fabric.sockets, s.addr)
		close(s.closed)
	})
	return nil
}

func (s *socket) SetReadDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expired = !t.IsZero()
	close(s.wake)
	s.wake = make(chan struct{})
	return nil
}

func (s *socket) LocalAddr() net.Addr              { return net.UDPAddrFromAddrPort(s.addr) }
func (s *socket) SetDeadline(t time.Time) error    { return s.SetReadDeadline(t) }
func (s *socket) SetWriteDeadline(time.Time) error { return nil }

// node starts a node on the fabric; the caller closes it.
func (f *fabric) node(t *testing.T, number int, c Config) (*Node, netip.AddrPort) {
	t.Helper()
	s := f.listen(number, false)
	c.Conn4 = s
	n, err := New(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return n, s.addr
}
