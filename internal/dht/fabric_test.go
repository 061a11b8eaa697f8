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
	addr   netip.AddrPort           // fabric.mu guards it and the next once the socket is in use
	wrote  map[netip.Addr]time.Time // not nil: only hosts that were written to lately get through, as with most routers
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
	if s.wrote != nil {
		s.wrote[addrPort(to).Addr()] = time.Now()
	}
	f.carry(b, s.addr, addrPort(to))
	return len(b), nil
}

// inject sends a packet that may come from anywhere, or claim to.
func (f *fabric) inject(b []byte, from, to netip.AddrPort) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.carry(b, from, to)
}

// carry takes a packet to where it goes; mu is held.
func (f *fabric) carry(b []byte, from, to netip.AddrPort) {
	f.sent[from]++
	if f.watch != nil {
		f.watch(b, from, to)
	}
	d := datagram{append([]byte(nil), b...), from}
	peer := f.sockets[to]
	if peer == nil || rand.Float64() < f.loss || peer.wrote != nil && time.Since(peer.wrote[from.Addr()]) > wallTime {
		return
	}
	time.AfterFunc(f.delay+rand.N(f.delay+1), func() {
		select {
		case peer.in <- d:
		default:
		}
	})
}

// move gives a socket another address, as a router's new line does.
func (f *fabric) move(s *socket, to netip.AddrPort) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.sockets, s.addr)
	s.addr = to
	f.sockets[to] = s
}

// wallTime is how long a router remembers who was written to.
const wallTime = 3 * time.Minute

// wall puts a socket behind a router that lets in only hosts which were written to.
func (f *fabric) wall(s *socket) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s.wrote = map[netip.Addr]time.Time{}
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

func (s *socket) LocalAddr() net.Addr {
	s.fabric.mu.Lock()
	defer s.fabric.mu.Unlock()
	return net.UDPAddrFromAddrPort(s.addr)
}

func (s *socket) SetDeadline(t time.Time) error    { return s.SetReadDeadline(t) }
func (s *socket) SetWriteDeadline(time.Time) error { return nil }

// observe has every packet that is written seen by a function, until the next one is set. It may not use the fabric.
func (f *fabric) observe(watch func(b []byte, from, to netip.AddrPort)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watch = watch
}

// puppet runs a node of a test's own making: answer returns what it says to a query, or nil.
func (f *fabric) puppet(addr netip.AddrPort, answer func(q *packet, from netip.AddrPort) *packet) *socket {
	s := f.listenAt(addr)
	go func() {
		b := make([]byte, maxPacket)
		for {
			n, from, err := s.ReadFrom(b)
			if err != nil {
				return
			}
			q, ok := parsePacket(b[:n])
			if !ok || q.kind != 'q' {
				continue
			}
			if r := answer(&q, addrPort(from)); r != nil {
				r.kind, r.tid = 'r', q.tid
				s.WriteTo(r.append(nil), from)
			}
		}
	}()
	return s
}

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
