package dht

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"
)

// When a torrent is looked up again. An announce is kept for 30 minutes by those who took it.
const (
	soonFirst   = time.Second // nobody was found: doubled up to soonLast
	soonLast    = 4 * time.Minute
	againFirst  = 8 * time.Minute // some were found, or there is only to announce: between these, at random
	againLast   = 16 * time.Minute
	newsSpacing = time.Second // between lookups that news of nodes brings about

	// eachSearch is the time that a node leaves between two searches on average: with many torrents each has
	// to wait longer.
	eachSearch = time.Second
)

// Search is what Run looks for, and what it tells others.
type Search struct {
	Infohash [20]byte

	// Port is the TCP port that the nearest nodes are told to find us at; nil, or 0, tells them nothing. It
	// is asked anew for each announce.
	Port func() uint16

	// Seed reports whether all of the torrent is here: then the announce says so, and other seeds are not
	// looked for (BEP 33). nil is no.
	Seed func() bool

	// Found is called with batches of peers as they come in, one call at a time. It gets addresses of both
	// families, some again at each search, and should not block for long.
	Found func([]netip.AddrPort)
}

func (s *Search) port() uint16 {
	if s.Port == nil {
		return 0
	}
	return s.Port()
}

func (s *Search) seed() bool { return s.Seed != nil && s.Seed() }

// Run searches for the peers of an infohash and announces it, at once and at intervals, until ctx ends or
// the node is closed; it returns ctx.Err() or ErrClosed. Different infohashes may run at once.
func (n *Node) Run(ctx context.Context, s Search) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(n.ctx, cancel)()
	n.searches.Add(1)
	defer n.searches.Add(-1)
	var one sync.Mutex
	report := func(batch []netip.AddrPort) {
		one.Lock()
		defer one.Unlock()
		if ctx.Err() == nil {
			s.Found(batch)
		}
	}
	told, forget := n.listen(s.Infohash)
	defer forget()
	soon := soonFirst
	for first := true; ; first = false {
		news, moved := n.news.wait(), n.moved.wait()
		began := time.Now()
		seed := s.seed()
		r, err := n.round(ctx, &s, seed, first && !seed, report)
		if err != nil {
			return n.ended(ctx)
		}
		p := pause{news: news, moved: moved, earliest: began.Add(newsSpacing), told: told, noSeed: seed}
		if r.asked == 0 {
			p.earliest = began
		}
		var wait time.Duration
		if r.done(seed) {
			soon, wait = soonFirst, againFirst+rand.N(againLast-againFirst)
			p.news = nil
		} else {
			wait = soon + rand.N(soon/8)
			soon = min(2*soon, soonLast)
		}
		p.timer = time.NewTimer(max(wait, time.Duration(n.searches.Load())*eachSearch))
		if !p.wait(ctx, report) {
			return n.ended(ctx)
		}
	}
}

func (n *Node) ended(ctx context.Context) error {
	if n.ctx.Err() != nil {
		return ErrClosed
	}
	return ctx.Err()
}
