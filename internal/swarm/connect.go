package swarm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"syscall"
	"time"

	"github.com/shoal-project/shoal/internal/peer"
)

const (
	maxDialing       = 32               // connections that are being made at once
	handshakeTimeout = 10 * time.Second // design
)

// AddPeers takes addresses in from wherever they were found.
func (t *Torrent) AddPeers(source string, addrs ...netip.AddrPort) {
	t.mu.Lock()
	fresh := false
	for _, a := range addrs {
		fresh = t.candidates.add(a, source) || fresh
	}
	t.mu.Unlock()
	if fresh {
		t.signal()
	}
}

// connect dials as many candidates as there is room for.
func (t *Torrent) connect() {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || t.cfg.Dial == nil || !t.wantsPeers() {
		return
	}
	seeding := State(t.state.Load()) == Serving
	for t.dialing < maxDialing && len(t.peers)+t.dialing < t.cfg.MaxPeers {
		c := t.candidates.pick(now, seeding, t.rank)
		if c == nil {
			return
		}
		t.dialing++
		t.conn.Add(1)
		try := c.fails
		go t.dial(c, func(ctx context.Context, addr netip.AddrPort) (net.Conn, error) { return t.cfg.Dial(ctx, addr, try) })
	}
}

// wantsPeers reports whether connecting makes sense: a torrent that is being checked has nothing to say
// yet, and a complete one is found by those who want it as well as it finds them. The lock is held.
func (t *Torrent) wantsPeers() bool {
	return State(t.state.Load()) != CheckingData && State(t.state.Load()) != Finishing
}

// dialer makes a connection.
type dialer func(context.Context, netip.AddrPort) (net.Conn, error)

// dial connects to a candidate and serves it.
func (t *Torrent) dial(c *candidate, how dialer) {
	defer t.conn.Done()
	nc, hs, err := t.greet(c.addr, how)
	t.mu.Lock()
	t.dialing--
	c.hungUp = hungUp(err)
	if err != nil {
		now := time.Now()
		t.candidates.failed(c, now)
		t.punch(c, now)
	}
	t.mu.Unlock()
	if err != nil {
		t.log.Debug("peer not reached", "addr", c.addr, "source", c.source, "reason", err)
		return
	}
	if err := t.serve(nc, hs, c.addr, false, c.source); errors.Is(err, errDuplicate) || errors.Is(err, errFull) || errors.Is(err, errNotReady) {
		t.mu.Lock()
		t.candidates.failed(c, time.Now())
		t.mu.Unlock()
	}
}

// hungUp tells a peer that ended the connection before the handshakes were done from one that was not reached.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET)
}

// greet makes a connection and exchanges handshakes.
func (t *Torrent) greet(addr netip.AddrPort, how dialer) (net.Conn, peer.Handshake, error) {
	nc, err := how(t.ctx, addr)
	if err != nil {
		return nil, peer.Handshake{}, err
	}
	stop := context.AfterFunc(t.ctx, func() { nc.Close() })
	defer stop()
	hs, err := t.shakeHands(nc)
	if err != nil {
		nc.Close()
	}
	return nc, hs, err
}

// shakeHands sends our handshake and reads the peer's.
func (t *Torrent) shakeHands(nc net.Conn) (hs peer.Handshake, err error) {
	if err = nc.SetDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return hs, fmt.Errorf("greet peer: %w", err)
	}
	if err = t.Handshake().Write(nc); err != nil {
		return hs, err
	}
	if hs, err = peer.ReadHandshake(nc); err != nil {
		return hs, err
	}
	if !t.Named(hs.InfoHash) {
		return hs, errors.New("greet peer: it answered for another torrent")
	}
	if err = nc.SetDeadline(time.Time{}); err != nil {
		return hs, fmt.Errorf("greet peer: %w", err)
	}
	return hs, nil
}
