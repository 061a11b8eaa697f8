package session

import (
	"context"
	"errors"
	"net"
	"net/netip"

	"github.com/shoal-project/shoal/internal/network/mse"
	"github.com/shoal-project/shoal/internal/network/utp"
)

// startUTP takes the UDP sockets over for uTP (BEP 29); the DHT gets what is left of them.
func (s *Session) startUTP() {
	if s.cfg.NoUTP {
		return
	}
	if c := s.listen.UDP4; c != nil {
		s.utp4 = utp.New(c, utp.Options{Log: s.log})
	}
	if c := s.listen.UDP6; c != nil {
		s.utp6 = utp.New(c, utp.Options{Log: s.log})
	}
}

// muxes are those that there are.
func (s *Session) muxes() (all []*utp.Mux) {
	for _, m := range []*utp.Mux{s.utp4, s.utp6} {
		if m != nil {
			all = append(all, m)
		}
	}
	return all
}

// datagrams is the socket that the DHT may use: conn, or what uTP leaves of it.
func datagrams(conn net.PacketConn, m *utp.Mux) net.PacketConn {
	if m != nil {
		return m.Other()
	}
	return conn
}

// dial connects to a peer. A peer that wants it otherwise just hangs up, so the tries take turns: in how the
// connection is opened, as far as the encryption policy leaves a choice, and then in what carries it.
func (t *Torrent) dial(ctx context.Context, addr netip.AddrPort, try int) (net.Conn, error) {
	policy := t.s.cfg.Encryption
	if second, ok := policy.Second(); ok {
		if try%2 == 1 {
			policy = second
		}
		try /= 2
	}
	nc, err := t.s.connect(ctx, addr, try%2 == 1)
	if err != nil {
		return nil, err
	}
	return t.encrypt(ctx, nc, policy)
}

// connect makes a connection over TCP, or over uTP where that fails or takes long; or the other way round.
func (s *Session) connect(ctx context.Context, addr netip.AddrPort, utpFirst bool) (net.Conn, error) {
	overTCP := func(ctx context.Context) (net.Conn, error) { return s.net.DialPeer(ctx, addr) }
	overUTP := func(ctx context.Context) (net.Conn, error) {
		if nc := s.dialUTP(ctx, addr); nc != nil {
			return nc, nil
		}
		return nil, errNoUTP
	}
	if utpFirst {
		return race(ctx, [2]dialer{overUTP, overTCP})
	}
	return race(ctx, [2]dialer{overTCP, overUTP})
}

var errNoUTP = errors.New("no answer over uTP, or none wanted")

// puncher is how a peer is dialled that dials us at the same time, each through its router (BEP 55): over uTP, whose
// packets come from the port that the other side sends to. Nil without uTP.
func (t *Torrent) puncher() func(context.Context, netip.AddrPort) (net.Conn, error) {
	if len(t.s.muxes()) == 0 {
		return nil
	}
	return func(ctx context.Context, addr netip.AddrPort) (net.Conn, error) {
		nc := t.s.dialUTP(ctx, addr)
		if nc == nil {
			return nil, errNotPunched
		}
		return t.encrypt(ctx, nc, t.s.cfg.Encryption)
	}
}

var errNotPunched = errors.New("punch hole: nothing came through")

// encrypt begins an outgoing connection the way that a policy has it.
func (t *Torrent) encrypt(ctx context.Context, nc net.Conn, policy mse.Policy) (net.Conn, error) {
	out, err := mse.Initiate(ctx, nc, t.swarm.Handshake().InfoHash, policy)
	if err != nil {
		nc.Close()
		return nil, err
	}
	return out, nil
}

// dialUTP connects over uTP, or gives nil.
func (s *Session) dialUTP(ctx context.Context, addr netip.AddrPort) net.Conn {
	m := s.utp4
	if addr.Addr().Is6() {
		m = s.utp6
	}
	if m == nil || s.net.AdmitPeer(addr.Addr()) != nil {
		return nil
	}
	nc, err := m.Dial(ctx, addr)
	if err != nil {
		return nil // TCP's reason is the one to tell
	}
	return nc
}

// secrets are the infohashes that a peer which encrypts may ask for.
func (s *Session) secrets(yield func([20]byte) bool) {
	s.mu.Lock()
	names := make([][20]byte, 0, len(s.torrents))
	for h := range s.torrents {
		names = append(names, h)
	}
	s.mu.Unlock()
	for _, h := range names {
		if !yield(h) {
			return
		}
	}
}
