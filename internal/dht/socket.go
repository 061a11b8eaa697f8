package dht

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// read takes packets from the socket until close.
func (f *family) read() {
	defer close(f.readDone)
	b := make([]byte, maxPacket+1)
	var wait time.Duration
	for {
		select {
		case <-f.closing:
			return
		default:
		}
		n, addr, err := f.conn.ReadFrom(b)
		if err != nil {
			wait = min(max(2*wait, time.Millisecond), time.Second)
			f.pause(err, wait)
			continue
		}
		wait = 0
		if from := addrPort(addr); dialable(from, f.six) {
			f.receive(b[:n], from)
		}
	}
}

// pause waits before the next read after a failed one: some systems report an unreachable receiver of
// an earlier packet here, which passes; a socket that its owner closed never comes back.
func (f *family) pause(err error, wait time.Duration) {
	var again <-chan time.Time
	if !errors.Is(err, net.ErrClosed) {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		again = timer.C
	}
	f.node.log.Debug("dht: read packet failed", "error", err)
	select {
	case <-f.closing:
	case <-again:
	}
}

// receive deals with one packet. It keeps nothing of b.
func (f *family) receive(b []byte, from netip.AddrPort) {
	p, ok := parsePacket(b)
	switch {
	case !ok:
	case p.kind == 'q':
		f.answer(&p, from, len(b))
	default:
		f.exchange.deliver(p, from)
	}
}

// write sends a packet.
func (f *family) write(b []byte, to netip.AddrPort) error {
	f.reach.wrote(to.Addr())
	if _, err := f.conn.WriteTo(b, net.UDPAddrFromAddrPort(to)); err != nil {
		return fmt.Errorf("send packet: %w", err)
	}
	return nil
}

// stopReading ends read. The socket stays open and is ready for its next reader.
func (f *family) stopReading() {
	close(f.closing)
	_ = f.conn.SetReadDeadline(time.Unix(1, 0))
	<-f.readDone
	_ = f.conn.SetReadDeadline(time.Time{})
}
