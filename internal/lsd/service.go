package lsd

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
)

// ErrClosed is what Run returns once the service was closed.
var ErrClosed = errors.New("local discovery is closed")

// Config is what a service is made of. The zero value uses both families on every interface.
type Config struct {
	// Bind restricts the service to one interface: its name, or an address of it, which is then also the
	// address that others see. "" is all that are up and can do multicast; loopback only if there is no
	// other.
	Bind string

	// IPv4 and IPv6 restrict the service to a family; both false is both.
	IPv4, IPv6 bool

	Log *slog.Logger // nil discards
}

// link is the way to a multicast group. Its methods may be called from different goroutines.
type link interface {
	// group is the address of the group as a Host header has it.
	group() string
	// send tells the group, on every interface that has it.
	send(b []byte) error
	// receive blocks until a message of the local network came. net.ErrClosed is final.
	receive(b []byte) (n int, from netip.Addr, err error)
	close()
}

// Service discovers peers in the local network. Its methods may be called from any goroutine.
type Service struct {
	log    *slog.Logger
	cookie string
	links  []link

	mu       sync.Mutex
	torrents map[[20]byte]*torrent
	closed   bool
	due      chan struct{} // something is to be announced soon
	limit    inflow

	ctx       context.Context
	stop      context.CancelFunc
	work      sync.WaitGroup
	closeOnce sync.Once
}

// New starts a service. That there is no multicast is not an error: such a service finds nobody. A
// Config.Bind that names nothing on this machine is one.
func New(c Config) (*Service, error) {
	if err := checkBind(c.Bind); err != nil {
		return nil, fmt.Errorf("start local discovery: %w", err)
	}
	log := c.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	var links []link
	for _, six := range []bool{false, true} {
		if (c.IPv4 || c.IPv6) && (six && !c.IPv6 || !six && !c.IPv4) {
			continue
		}
		l, err := openMulticast(c.Bind, six, log)
		if err != nil {
			log.Debug("lsd: no multicast", "ipv6", six, "error", err)
			continue
		}
		links = append(links, l)
	}
	return newService(links, log), nil
}

func newService(links []link, log *slog.Logger) *Service {
	s := &Service{
		log: log, cookie: "shoal-" + rand.Text()[:16], links: links,
		torrents: map[[20]byte]*torrent{}, due: make(chan struct{}, 1),
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.work.Go(s.announce)
	for _, l := range links {
		s.work.Go(func() { s.listen(l) })
	}
	return s
}

// Run announces an infohash on a TCP port and calls found with the peers in the local network that
// announce it too, until ctx ends or the service is closed; it returns ctx.Err() or ErrClosed. It
// announces at once, as far as once a minute allows, and then every five minutes. Peers come again with
// each announce of theirs.
func (s *Service) Run(ctx context.Context, infohash [20]byte, port uint16, found func([]netip.AddrPort)) error {
	peers, leave, err := s.join(infohash, port)
	if err != nil {
		return err
	}
	defer leave()
	for {
		select {
		case p := <-peers:
			found([]netip.AddrPort{p})
		case <-ctx.Done():
			return ctx.Err()
		case <-s.ctx.Done():
			return ErrClosed
		}
	}
}

// Close stops the service.
func (s *Service) Close() error {
	s.closeOnce.Do(func() {
		s.mu.Lock()
		s.closed = true
		s.mu.Unlock()
		s.stop()
		for _, l := range s.links {
			l.close()
		}
		s.work.Wait()
	})
	return nil
}

// checkBind reports an error unless bind is an interface of this machine or an address of one.
func checkBind(bind string) error {
	if bind == "" {
		return nil
	}
	if ip, err := netip.ParseAddr(bind); err == nil {
		if ip.IsUnspecified() {
			return nil
		}
		addrs, err := net.InterfaceAddrs()
		if err != nil {
			return fmt.Errorf("bind to %s: %w", bind, err)
		}
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil && (p.Addr() == ip.Unmap().WithZone("") || p.Contains(ip) && ip.IsLoopback()) {
				return nil
			}
		}
		return fmt.Errorf("bind to %s: no interface has this address", bind)
	}
	if _, err := net.InterfaceByName(bind); err != nil {
		return fmt.Errorf("bind to %s: %w", bind, err)
	}
	return nil
}
