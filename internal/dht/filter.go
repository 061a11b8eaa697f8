package dht

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"
)

// filter is the socket as the library sees it. It drops what is malformed, passes queries to a function
// of ours and lets through responses, errors and, where that function says so, the news that a node is
// alive; all encoded anew. Its read fails only once it was
// closed, since the library takes a failed read for a reason to panic.
type filter struct {
	net.PacketConn
	query func(p packet, from netip.AddrPort, size int) (refresh bool)
	log   *slog.Logger

	ready   chan struct{} // closed by open
	done    chan struct{} // closed by Close
	closed  sync.Once
	reading sync.Mutex // held while the socket is read
}

func newFilter(conn net.PacketConn, query func(packet, netip.AddrPort, int) bool, log *slog.Logger) *filter {
	return &filter{PacketConn: conn, query: query, log: log, ready: make(chan struct{}), done: make(chan struct{})}
}

// ReadFrom blocks until a response came. b must hold maxPacket bytes.
func (f *filter) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case <-f.ready:
	case <-f.done:
	}
	f.reading.Lock()
	defer f.reading.Unlock()
	var wait time.Duration
	for {
		select {
		case <-f.done:
			return 0, nil, net.ErrClosed
		default:
		}
		n, addr, err := f.PacketConn.ReadFrom(b)
		if err != nil {
			wait = min(max(2*wait, time.Millisecond), time.Second)
			f.pause(err, wait)
			continue
		}
		wait = 0
		if from := addrPort(addr); from.Port() != 0 {
			if n = f.accept(b, n, from); n > 0 {
				return n, addr, nil
			}
		}
	}
}

// pause waits before the next read after a failed one: some systems report an unreachable receiver of
// an earlier packet here, which passes; a socket that its owner closed never comes back.
func (f *filter) pause(err error, wait time.Duration) {
	var again <-chan time.Time
	if !errors.Is(err, net.ErrClosed) {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		again = timer.C
	}
	f.log.Debug("dht: read packet failed", "error", err)
	select {
	case <-f.done:
	case <-again:
	}
}

// accept deals with the packet b[:n] and returns the length of what the library is to see in its stead,
// written to b; 0 is nothing.
func (f *filter) accept(b []byte, n int, from netip.AddrPort) int {
	p, ok := parsePacket(b[:n])
	if !ok {
		return 0
	}
	if p.kind == 'q' {
		if !f.query(p, from, n) {
			return 0
		}
		// The library sees a ping, which it leaves unanswered, and refreshes the sender's entry.
		p = packet{kind: 'q', method: "ping", tid: p.tid, sender: p.sender}
	}
	return copy(b, p.append(nil))
}

// open lets reads begin: once the library's server is in place, since the query function needs it. Only
// then may it be called, once.
func (f *filter) open() { close(f.ready) }

// Close makes a read under way return, and every later one fail. The socket beneath stays open and is
// ready for its next reader.
func (f *filter) Close() error {
	f.closed.Do(func() {
		close(f.done)
		_ = f.PacketConn.SetReadDeadline(time.Unix(1, 0))
		f.reading.Lock()
		defer f.reading.Unlock()
		_ = f.PacketConn.SetReadDeadline(time.Time{})
	})
	return nil
}

// addrPort is the address of a packet, IPv4 as IPv4; zero if it is not an IP address.
func addrPort(a net.Addr) netip.AddrPort {
	var ap netip.AddrPort
	if u, ok := a.(*net.UDPAddr); ok {
		ap = u.AddrPort()
	} else if a != nil {
		ap, _ = netip.ParseAddrPort(a.String())
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
