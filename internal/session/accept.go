package session

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/shoal-project/shoal/internal/network/mse"
	"github.com/shoal-project/shoal/internal/peer"
)

const handshakeTimeout = 10 * time.Second // design

// accept takes connections from a listener until it closes.
func (s *Session) accept(l net.Listener) {
	for {
		nc, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors, for one: it passes
			s.log.Debug("connection not accepted", "reason", err)
			select {
			case <-time.After(100 * time.Millisecond):
			case <-s.ctx.Done():
				return
			}
			continue
		}
		leave := s.lobby.enter(nc)
		s.work.Go(func() { s.welcome(nc, leave) })
	}
}

// welcome reads the handshake of a connection that came in, and hands it to the torrent that it asks
// for. greeted is called when the handshake is over, one way or the other.
func (s *Session) welcome(nc net.Conn, greeted func()) {
	addr := addrOf(nc)
	t, hs, err := (*Torrent)(nil), peer.Handshake{}, s.net.AdmitPeer(addr.Addr())
	if err == nil {
		nc, t, hs, err = s.greet(nc)
	}
	greeted()
	if err != nil {
		s.log.Debug("connection refused", "addr", addr, "reason", err)
		nc.Close()
		return
	}
	if err := t.swarm.Accept(nc, hs, addr); err != nil {
		s.log.Debug("peer gone", "addr", addr, "reason", err)
	}
}

var errUnknownTorrent = errors.New("it asks for a torrent that is not here")

// greet exchanges handshakes with whoever connected, encrypted or not. It returns the connection to go on with, which
// is nc after an error.
func (s *Session) greet(nc net.Conn) (net.Conn, *Torrent, peer.Handshake, error) {
	if err := nc.SetDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return nc, nil, peer.Handshake{}, err
	}
	in, _, err := mse.Receive(nc, s.secrets, s.cfg.Encryption)
	if err != nil {
		return nc, nil, peer.Handshake{}, err
	}
	hs, err := peer.ReadHandshake(in)
	if err != nil {
		return nc, nil, hs, err
	}
	t := s.torrent(hs.InfoHash)
	if t == nil {
		return nc, nil, hs, errUnknownTorrent
	}
	if err := t.swarm.Answer(hs).Write(in); err != nil {
		return nc, nil, hs, err
	}
	return mse.Unwrap(in), t, hs, nc.SetDeadline(time.Time{})
}

func addrOf(nc net.Conn) netip.AddrPort {
	a, ok := nc.RemoteAddr().(interface{ AddrPort() netip.AddrPort })
	if !ok {
		return netip.AddrPort{}
	}
	ap := a.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
