package portmap

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/shoal-project/shoal/internal/network"
)

const (
	lifetime    = time.Hour       // asked for; a router may give less
	least       = 2 * time.Minute // between two requests, however little a router gives
	firstRetry  = 5 * time.Minute // where nothing was found, or was lost
	lastRetry   = time.Hour       // the same, later
	probeTime   = 2 * time.Second // to find out what a router speaks
	askTime     = 5 * time.Second // for one mapping
	maxFailures = 3               // in a row: the router is gone
	lookAround  = time.Minute     // between looks whether this machine is elsewhere by now
	byeTime     = time.Second - 50*time.Millisecond
)

// Network is what sockets are opened by.
type Network interface {
	ListenPacket(ctx context.Context, f network.Family) (net.PacketConn, error)
	Dialer(p network.Policy) *network.Dialer
	HTTPClient(p network.Policy) *http.Client
}

// Config is what a Mapper is made of.
type Config struct {
	Port    uint16 // of TCP and UDP here; the router is asked for the same one
	Network Network
	// Bind is what the network is bound to, an address or an interface: a router elsewhere is not ours. ""
	// is anything.
	Bind string
	// Mapped is called with each change of what is open, one call at a time: whoever told others the port
	// outside has to tell them anew. The zero Mapping says that what was open is no more; Close does not say
	// so. It must not call Close. Optional.
	Mapped func(Mapping)
	Log    *slog.Logger // nil discards
}

// Mapping is what a router has opened.
type Mapping struct {
	Addr     netip.Addr // that the router has outside, invalid if it does not tell; perhaps a private one
	TCP, UDP uint16     // ports outside, 0 where there is none
	By       string     // PCP, NAT-PMP or UPnP
}

// Mapper keeps a port open until it is closed.
type Mapper struct {
	cfg    Config
	where  func() place
	log    *slog.Logger
	cancel context.CancelFunc
	work   sync.WaitGroup
	once   sync.Once

	mu  sync.Mutex
	now Mapping
}

// place is where routers may be asked for.
type place struct {
	self    netip.Addr       // ours on the way out
	gateway netip.AddrPort   // speaks PCP and NAT-PMP, perhaps; invalid if there is none
	search  []netip.AddrPort // UPnP devices are searched for there
}

// same reports whether this machine is still where it was, as far as can be told.
func (p place) same(o place) bool { return p.self == o.self && p.gateway == o.gateway }

// router is one way to ask one router.
type router interface {
	name() string
	// external is the router's address outside.
	external(ctx context.Context) (netip.Addr, error)
	// open asks for a port for some time, or renews it; protocol is tcp or udp. What is granted may differ.
	open(ctx context.Context, protocol string, port, wanted uint16, d time.Duration) (outside uint16, granted time.Duration, err error)
	// shut gives the port back; outside is 0 where it is not known.
	shut(ctx context.Context, protocol string, port, outside uint16) error
}

// Start begins to look for a router.
func Start(c Config) *Mapper {
	return start(c, func() place { return findPlace(c.Bind) })
}

func start(c Config, where func() place) *Mapper {
	m := &Mapper{cfg: c, where: where, log: c.Log}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	m.cancel = cancel
	m.work.Go(func() { m.run(ctx) })
	return m
}

// Mapping is what is open at this time.
func (m *Mapper) Mapping() Mapping {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Close gives the port back, which takes a second at most.
func (m *Mapper) Close() {
	m.once.Do(m.cancel)
	m.work.Wait()
}

// run finds a router, keeps the port open there, and looks again where that fails or the machine is elsewhere.
func (m *Mapper) run(ctx context.Context) {
	for retry := firstRetry; ; {
		at := m.where()
		opened, moved := false, false
		if r := m.find(ctx, at); r != nil {
			opened, moved = m.keep(ctx, r, at)
		}
		if opened {
			retry = firstRetry
		}
		if !moved {
			moved = m.rest(ctx, retry, at)
			retry = min(2*retry, lastRetry)
		}
		if ctx.Err() != nil {
			return
		}
		if moved {
			retry = firstRetry
		}
	}
}

// rest waits, or less if the machine is elsewhere by then or ctx ends; it reports whether it is elsewhere. Some of the
// time is left to chance, so that many do not ask at once.
func (m *Mapper) rest(ctx context.Context, d time.Duration, at place) (moved bool) {
	d -= time.Duration(rand.Int64N(int64(d)/10 + 1))
	for ; d > 0; d -= lookAround {
		t := time.NewTimer(min(d, lookAround))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return false
		}
		if !m.where().same(at) {
			return true
		}
	}
	return false
}

// maxText bounds what is shown of an error, which may quote a router, in bytes.
const maxText = 200

func short(err error) string {
	s := err.Error()
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "") + "..."
	}
	return s
}

// find asks in every way at once what is there, and takes the first in the order of PCP, NAT-PMP, UPnP.
func (m *Mapper) find(ctx context.Context, at place) router {
	probes := []func(context.Context) (router, error){}
	if at.gateway.IsValid() {
		g := gateway{m.cfg.Network.Dialer(network.Policy{Trusted: true}), at.gateway}
		probes = append(probes,
			func(ctx context.Context) (router, error) { return probePCP(ctx, g) },
			func(ctx context.Context) (router, error) { return probeNATPMP(ctx, g) })
	}
	if len(at.search) > 0 {
		probes = append(probes, func(ctx context.Context) (router, error) { return probeUPnP(ctx, m.cfg.Network, at) })
	}
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	found := make([]router, len(probes))
	var asked sync.WaitGroup
	for i, probe := range probes {
		asked.Go(func() {
			r, err := probe(ctx)
			if err != nil {
				m.log.Debug("no answer of a router", "reason", short(err))
				return
			}
			found[i] = r
		})
	}
	asked.Wait()
	for _, r := range found {
		if r != nil {
			return r
		}
	}
	return nil
}

// keep holds the port open until ctx ends, the router does not want to any more or the machine is elsewhere. It
// reports whether it was open at all, and whether the machine is elsewhere. A router that was left behind is not
// asked to close the port: its address may be that of another one by now.
func (m *Mapper) keep(ctx context.Context, r router, at place) (opened, moved bool) {
	now := Mapping{By: r.name()}
	for failures := 0; ; {
		next, wait, err := m.ask(ctx, r, now)
		if ctx.Err() != nil {
			m.giveBack(r, next)
			return true, false
		}
		failures++
		if err == nil {
			failures = 0
		} else {
			m.log.Debug("port not opened by the router", "by", r.name(), "reason", short(err))
			wait = least
		}
		if next.TCP == 0 && next.UDP == 0 || failures == maxFailures {
			m.set(Mapping{})
			return now.TCP != 0 || now.UDP != 0, false
		}
		m.set(next)
		now = next
		if m.rest(ctx, wait, at) {
			m.set(Mapping{})
			return true, true
		}
		if ctx.Err() != nil {
			m.giveBack(r, now)
			return true, false
		}
	}
}

// ask opens or renews both protocols, and returns when to do so again. The error is of the one that
// failed, if one did.
func (m *Mapper) ask(ctx context.Context, r router, before Mapping) (Mapping, time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	now := before
	shortest := lifetime
	var failed error
	for _, x := range []struct {
		protocol string
		port     *uint16
	}{{"tcp", &now.TCP}, {"udp", &now.UDP}} {
		wanted := cmp.Or(*x.port, now.TCP, m.cfg.Port) // one number for both where that can be had
		outside, granted, err := r.open(ctx, x.protocol, m.cfg.Port, wanted, lifetime)
		switch {
		case err == nil:
			*x.port = outside
			shortest = min(shortest, granted)
		case ctx.Err() == nil: // it was refused; silence says nothing of what was open before
			*x.port = 0
			failed = err
		default:
			failed = err
		}
	}
	if addr, err := r.external(ctx); err == nil && !addr.IsUnspecified() {
		now.Addr = addr
	}
	return now, max(shortest/2, least), failed
}

func (m *Mapper) set(now Mapping) {
	m.mu.Lock()
	before := m.now
	m.now = now
	m.mu.Unlock()
	if now == before {
		return
	}
	if now != (Mapping{}) {
		m.log.Info("port opened by the router", "by", now.By, "address", now.Addr, "tcp", now.TCP, "udp", now.UDP)
	}
	if m.cfg.Mapped != nil {
		m.cfg.Mapped(now)
	}
}

// giveBack closes both ports at once, also where the answer of the router is not known.
func (m *Mapper) giveBack(r router, now Mapping) {
	ctx, cancel := context.WithTimeout(context.Background(), byeTime)
	defer cancel()
	var both sync.WaitGroup
	for protocol, outside := range map[string]uint16{"tcp": now.TCP, "udp": now.UDP} {
		both.Go(func() {
			if err := r.shut(ctx, protocol, m.cfg.Port, outside); err != nil {
				m.log.Debug("port not given back to the router", "by", r.name(), "reason", short(err))
			}
		})
	}
	both.Wait()
}
