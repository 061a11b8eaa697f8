package session

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shoal-project/shoal/internal/dht"
	"github.com/shoal-project/shoal/internal/disk"
	"github.com/shoal-project/shoal/internal/lsd"
	"github.com/shoal-project/shoal/internal/network"
	"github.com/shoal-project/shoal/internal/network/utp"
	"github.com/shoal-project/shoal/internal/portmap"
	"github.com/shoal-project/shoal/internal/tracker"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// Session is the engine. Its methods are safe for use by many goroutines.
type Session struct {
	cfg    Config
	log    *slog.Logger
	peerID [20]byte
	net    *network.Network
	listen *network.Listeners
	down   *network.Limiter
	up     *network.Limiter
	utp4   *utp.Mux // nil where there is none, as the next
	utp6   *utp.Mux
	memory *disk.Memory
	pool   *disk.Pool
	dht    *dht.Node       // nil without a DHT
	lsd    *lsd.Service    // nil without local discovery
	router *portmap.Mapper // nil without port mapping

	mapping atomic.Pointer[portmap.Mapping] // what it has opened; nil before it told

	external external
	lobby    lobby
	gate     tracker.Gate

	ctx    context.Context
	cancel context.CancelCauseFunc
	work   sync.WaitGroup

	mu       sync.Mutex
	torrents map[metainfo.Hash]*Torrent // by each of its names
	closed   bool
}

// New opens the sockets and starts what all torrents share.
func New(cfg Config) (*Session, error) {
	s := &Session{cfg: cfg, log: cfg.Log, torrents: make(map[metainfo.Hash]*Torrent)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.peerID = newPeerID(cfg.ClientVersion)
	s.down, s.up = network.NewLimiter(cfg.Down), network.NewLimiter(cfg.Up)
	var err error
	s.net, err = network.New(network.Options{
		Bind: cfg.Bind, IPv4: cfg.IPv4, IPv6: cfg.IPv6, Proxy: cfg.Proxy, Blocklist: cfg.Blocklist,
		Down: s.down, Up: s.up, Log: s.log,
	})
	if err != nil {
		return nil, err
	}
	if s.net.Proxied() { // nobody can reach us, and there is nothing to send datagrams with
		s.cfg.NoDHT, s.cfg.NoLSD, s.cfg.NoPortMap = true, true, true
		s.listen = &network.Listeners{}
	} else if s.listen, err = s.net.Listen(cfg.Ports); err != nil {
		return nil, err
	}
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	s.memory = disk.NewMemory(cfg.Memory)
	s.pool = disk.NewPool(disk.PoolOptions{Memory: s.memory, Log: s.log})
	s.startUTP()
	if !s.cfg.NoDHT {
		if err := s.startDHT(); err != nil {
			s.log.Warn("DHT not started", "reason", err)
		}
	}
	if !s.cfg.NoLSD {
		s.lsd, err = lsd.New(lsd.Config{Bind: cfg.Bind, IPv4: cfg.IPv4, IPv6: cfg.IPv6, Log: s.log})
		if err != nil {
			s.log.Warn("local discovery not started", "reason", err)
		}
	}
	if !s.cfg.NoPortMap {
		s.router = portmap.Start(portmap.Config{Port: s.listen.Port, Network: s.net, Bind: cfg.Bind, Mapped: s.mapped, Log: s.log})
	}
	for _, l := range s.listen.TCP {
		s.work.Go(func() { s.accept(l) })
	}
	for _, m := range s.muxes() {
		s.work.Go(func() { s.accept(m) })
	}
	s.work.Go(s.housekeep)
	return s, nil
}

// newPeerID makes a peer id in the usual style (BEP 20): two letters of the client, four digits of its
// version, and chance.
func newPeerID(version string) (id [20]byte) {
	digits := "0000"
	if f := strings.FieldsFunc(version, func(r rune) bool { return r < '0' || r > '9' }); len(f) >= 3 {
		digits = f[0][:1] + f[1][:1] + f[2][:1] + "0"
	}
	rand.Read(id[:]) //nolint:errcheck // it never fails
	const letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-."
	for i := range id {
		id[i] = letters[id[i]&63]
	}
	copy(id[:], "-SO"+digits+"-")
	return id
}

// startDHT brings the DHT node up on the UDP sockets.
func (s *Session) startDHT() (err error) {
	var table string
	if s.cfg.CacheDir != "" {
		table = filepath.Join(s.cfg.CacheDir, "dht.dat")
	}
	bootstrap := s.cfg.DHTBootstrap
	if bootstrap == nil {
		bootstrap = dht.DefaultBootstrap()
	}
	s.dht, err = dht.New(s.ctx, dht.Config{
		Conn4: datagrams(s.listen.UDP4, s.utp4), Conn6: datagrams(s.listen.UDP6, s.utp6), Bootstrap: bootstrap, TablePath: table, Log: s.log,
	})
	return err
}

// housekeep gives idle memory back now and again, and asks who should know what our address is.
func (s *Session) housekeep() {
	t := time.NewTicker(10 * time.Second)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			s.memory.Trim()
			s.askDHT()
		case <-s.ctx.Done():
			return
		}
	}
}

// Add takes a torrent in and begins to work on it.
func (s *Session) Add(o AddOptions) (*Torrent, error) {
	t, err := s.newTorrent(o)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fmt.Errorf("add torrent: %w", ErrClosed)
	}
	for _, h := range t.names() {
		if s.torrents[h] != nil {
			return nil, fmt.Errorf("add torrent %s: %w", h, ErrDuplicate)
		}
	}
	for _, h := range t.names() {
		s.torrents[h] = t
	}
	s.work.Go(func() {
		t.run()
		s.forget(t)
		close(t.done)
	})
	return t, nil
}

// rename takes in what the metadata has shown: a torrent may have a second infohash.
func (s *Session) rename(t *Torrent) {
	s.mu.Lock()
	var fresh []metainfo.Hash
	for _, h := range t.names() {
		if s.torrents[h] == nil && !s.closed {
			s.torrents[h] = t
			fresh = append(fresh, h)
		}
	}
	s.mu.Unlock()
	t.sources.also(t, fresh)
}

// forget takes an ended torrent out.
func (s *Session) forget(t *Torrent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.torrents, func(_ metainfo.Hash, x *Torrent) bool { return x == t })
}

// torrent finds the torrent of an infohash; nil if there is none.
func (s *Session) torrent(h [20]byte) *Torrent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.torrents[h]
}

// SetLimits changes the limits of the process, in bytes a second; 0 is unlimited.
func (s *Session) SetLimits(down, up int64) {
	s.down.Set(down)
	s.up.Set(up)
}

// Port is where peers reach us, 0 behind a proxy.
func (s *Session) Port() uint16 { return s.listen.Port }

// External is where peers outside reach us, as far as the router that opened the port has told: the zero
// AddrPort if none did, an invalid address if it told the port alone.
func (s *Session) External() netip.AddrPort {
	if m := s.mapping.Load(); m != nil {
		return netip.AddrPortFrom(m.Addr, m.TCP)
	}
	return netip.AddrPort{}
}

// mapped hears what the router has opened: trackers are told of another port, the DHT asks for it.
func (s *Session) mapped(m portmap.Mapping) {
	s.mapping.Store(&m)
	if m.Addr.IsValid() && !m.Addr.IsPrivate() {
		s.onSeen(m.Addr, m.Addr) // routers have one vote, like the network that they are the end of
	}
	s.mu.Lock()
	all := maps.Clone(s.torrents)
	s.mu.Unlock()
	for _, t := range all {
		t.sources.setPort(s.outerPort())
	}
}

// SetBlocklist replaces the list of those who are not to be peers; nil is none. It holds for connections
// that are made from now on.
func (s *Session) SetBlocklist(b *network.Blocklist) { s.net.SetBlocklist(b) }

// unreachable is the port to announce without one: trackers refuse 0, and on 1 nobody listens.
const unreachable = 1

// outerPort is the port to announce: the one that the router opened, or our own.
func (s *Session) outerPort() uint16 { return cmp.Or(s.External().Port(), s.Port(), unreachable) }

// DHTNodes is the number of DHT nodes that are known to answer.
func (s *Session) DHTNodes() int {
	if s.dht == nil {
		return 0
	}
	st := s.dht.Stats()
	return st.IPv4.Good + st.IPv6.Good
}

// Close ends all torrents, with goodbyes to trackers and final checkpoints, and then what they share.
// What is not done when ctx ends is cut short.
func (s *Session) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	all := maps.Clone(s.torrents)
	s.mu.Unlock()
	if s.router != nil {
		s.work.Go(s.router.Close) // it takes a second at most, as the goodbyes below do
	}
	for _, t := range all {
		t.stop(ErrClosed)
	}
	var err error
	for _, t := range all {
		select {
		case <-t.done:
		case <-ctx.Done():
			err = fmt.Errorf("close session: %w", context.Cause(ctx))
		}
	}
	s.cancel(ErrClosed)
	if s.dht != nil {
		if derr := s.dht.Close(); derr != nil {
			s.log.Debug("DHT table not saved", "reason", derr)
		}
	}
	if s.lsd != nil {
		if lerr := s.lsd.Close(); lerr != nil {
			s.log.Debug("local discovery not closed", "reason", lerr)
		}
	}
	for _, m := range s.muxes() {
		m.Close()
	}
	s.listen.Close()
	s.lobby.close()
	if err != nil {
		return err // what hangs is left behind: the process ends
	}
	s.work.Wait()
	s.pool.Close()
	return nil
}

// parseAddrs turns host:port strings into addresses, looking names up.
func (s *Session) parseAddrs(ctx context.Context, hostports []string, found func(...netip.AddrPort)) {
	for _, hp := range hostports {
		if a, err := netip.ParseAddrPort(hp); err == nil {
			found(a)
			continue
		}
		host, port, err := net.SplitHostPort(hp)
		if err != nil {
			s.log.Warn("peer address passed over", "address", hp, "reason", err)
			continue
		}
		if s.net.Proxied() { // asking for it would go round the proxy
			s.log.Warn("peer address passed over", "address", hp, "reason", "with a proxy peers are given by number, not by name")
			continue
		}
		s.work.Go(func() {
			n, err := net.DefaultResolver.LookupPort(ctx, "tcp", port)
			if err != nil {
				s.log.Warn("peer address passed over", "address", hp, "reason", err)
				return
			}
			ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
			if err != nil {
				s.log.Warn("peer address passed over", "address", hp, "reason", err)
			}
			for _, ip := range ips {
				found(netip.AddrPortFrom(ip.Unmap(), uint16(n)))
			}
		})
	}
}

// absolute makes a folder absolute.
func absolute(dir string) (string, error) {
	if dir == "" {
		dir = "."
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("resolve folder %s: %w", dir, err)
	}
	return abs, nil
}
