package tracker

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"sync"
)

const (
	// maxTrackers bounds what one torrent may make us talk to.
	maxTrackers = 64
	// defaultWant is how many peers are asked for unless the caller says otherwise.
	defaultWant = 100
)

// Errors that a caller decides by.
var (
	// ErrNoTrackers is what Run gives where no tier has a usable tracker.
	ErrNoTrackers = errors.New("no usable tracker")
	// ErrStarted is what a second Run gives, and a Run after Stop.
	ErrStarted = errors.New("the announcer was started or stopped before")
)

// Dialer opens connections to trackers over UDP. The network is "udp4" or "udp6", the address
// "host:port". A connection must take datagrams from the dialled address alone.
type Dialer interface {
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

// Stats are the numbers that trackers are told, in bytes of payload.
type Stats struct {
	Uploaded, Downloaded int64 // since the announcer was started
	// Left is what is still missing of the whole torrent, wanted or not; not 0 while that is unknown.
	Left int64
	// Partial says that everything wanted is there though Left is not 0: a partial seed (BEP 21).
	Partial bool
}

// Crypto says which connections from peers are taken, so that a tracker can hand out peers that fit.
type Crypto int

// Kinds of connections that are taken.
const (
	CryptoUnknown   Crypto = iota // or plain ones alone: nothing is said
	CryptoSupported               // plain ones and encrypted ones
	CryptoRequired                // encrypted ones alone
)

// Config is what an Announcer is made of.
type Config struct {
	InfoHash [20]byte
	PeerID   [20]byte
	Port     uint16     // where peers reach us; SetPort changes it
	Tiers    [][]string // URLs of trackers: http, https, udp (BEP 12)

	// HTTP is the client for trackers over HTTP, or http.DefaultClient. HTTP6 is optional: with it
	// each announce goes through both, and HTTP should be held to IPv4 and HTTP6 to IPv6, so that
	// peers of both families learn of us (BEP 7).
	HTTP, HTTP6 *http.Client
	// Net dials trackers over UDP, or a plain net.Dialer.
	Net Dialer

	// Stats is asked at each announce; nil tells zeros.
	Stats func() Stats
	// Found is given the peers of each reply, at most 2,000, as they come; it is called from several
	// goroutines. They are the tracker's claim: valid addresses, but perhaps ours or unreachable.
	Found func([]netip.AddrPort)
	// External is given the address that a tracker says it saw us under (BEP 24), under the same terms;
	// optional.
	External func(netip.Addr)

	NumWant   int    // peers to ask for; 0 is 100
	Crypto    Crypto // told to trackers over HTTP; UDP has no room for it
	UserAgent string // for HTTP; "" leaves the client's
	Gate      *Gate  // shared by the announcers of one process; optional
	Log       *slog.Logger
}

// Announcer announces one torrent, once: New, Run, Stop.
type Announcer struct {
	cfg   Config
	key   uint32 // lets a tracker know us again under another address
	tiers []*tier
	log   *slog.Logger

	quit     chan struct{} // closed by Stop
	quitOnce sync.Once
	tierWork sync.WaitGroup

	mu      sync.Mutex // guards what follows and the state of all tiers and endpoints
	started bool
	done    bool   // all that is wanted is there
	port    uint16 // where peers reach us
}

// New makes an announcer, which does nothing before Run. Tiers are copied and shuffled; a URL that
// comes twice is used once, and one that cannot be used shows up in Status.
func New(cfg Config) *Announcer {
	a := &Announcer{cfg: cfg, key: rand.Uint32(), log: cfg.Log, quit: make(chan struct{}), port: cfg.Port}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if a.cfg.Stats == nil {
		a.cfg.Stats = func() Stats { return Stats{} }
	}
	if a.cfg.NumWant <= 0 {
		a.cfg.NumWant = defaultWant
	}
	seen := make(map[string]bool)
	for _, urls := range cfg.Tiers {
		t := &tier{a: a, wake: make(chan struct{}, 1)}
		for _, raw := range urls {
			if seen[raw] {
				continue
			}
			if len(seen) == maxTrackers {
				a.log.Warn("ignore trackers beyond the limit", "limit", maxTrackers)
				break
			}
			seen[raw] = true
			t.endpoints = append(t.endpoints, newEndpoint(a, raw, len(a.tiers)))
		}
		if len(t.endpoints) == 0 {
			continue
		}
		rand.Shuffle(len(t.endpoints), func(i, j int) {
			t.endpoints[i], t.endpoints[j] = t.endpoints[j], t.endpoints[i]
		})
		a.tiers = append(a.tiers, t)
	}
	return a
}

// Run announces until ctx is done or Stop is called, and gives the cause, or nil after Stop. It sends
// nothing at its end: that is for Stop.
func (a *Announcer) Run(ctx context.Context) error {
	if err := a.begin(); err != nil {
		return err
	}
	defer a.tierWork.Done()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var work sync.WaitGroup
	usable := false
	for _, t := range a.tiers {
		if t.usable() {
			usable = true
			work.Go(func() { t.run(ctx) })
		}
	}
	if !usable {
		return ErrNoTrackers
	}
	select {
	case <-ctx.Done():
	case <-a.quit:
		cancel(nil)
	}
	work.Wait()
	select {
	case <-a.quit:
		return nil
	default:
		return context.Cause(ctx)
	}
}

// begin lets one Run through, and none after Stop.
func (a *Announcer) begin() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	select {
	case <-a.quit:
		return ErrStarted
	default:
	}
	if a.started {
		return ErrStarted
	}
	a.started = true
	a.tierWork.Add(1)
	return nil
}

// Completed says that all that is wanted is there: trackers are told at once. With nothing left at all,
// those that knew the download as incomplete are told that it was completed, once each.
func (a *Announcer) Completed() { a.setDone(true) }

// Incomplete takes Completed back, because more is wanted than before or data was lost: trackers are told,
// as early as their minimum intervals allow, that something is left, and asked for peers.
func (a *Announcer) Incomplete() { a.setDone(false) }

func (a *Announcer) setDone(done bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.done = done
	a.poke()
}

// SetPort says that peers reach us under another port from now on: trackers are told as early as their
// minimum intervals allow. A port that is no other one costs nothing.
func (a *Announcer) SetPort(port uint16) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.port = port
	a.poke()
}

// poke makes all tiers look at the time again.
func (a *Announcer) poke() {
	for _, t := range a.tiers {
		t.poke()
	}
}

// More asks for more peers: every tier announces as early as its tracker's minimum interval allows,
// once. It costs little and may be called often.
func (a *Announcer) More() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, t := range a.tiers {
		if !t.more {
			t.more = true
			t.poke()
		}
	}
}

// Stop ends Run and tells all trackers that answered that we leave, all at once, until ctx is done.
// When it returns, nothing is left running.
func (a *Announcer) Stop(ctx context.Context) {
	a.mu.Lock()
	a.quitOnce.Do(func() { close(a.quit) })
	a.mu.Unlock()
	a.tierWork.Wait()

	var work sync.WaitGroup
	for _, t := range a.tiers {
		for _, e := range t.endpoints {
			if e.leave() {
				work.Go(func() { e.farewell(ctx) })
			}
		}
	}
	work.Wait()
}

// Status is the state of every tracker, in tiers, each with the one in use first.
func (a *Announcer) Status() []Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []Status
	for _, t := range a.tiers {
		for i, e := range t.endpoints {
			s := e.status
			s.Next = t.nextOf(i)
			all = append(all, s)
		}
	}
	return all
}
