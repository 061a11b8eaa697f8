package dht

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// When a torrent is looked up again. An announce is kept for 30 minutes by those who took it.
const (
	soonFirst   = time.Second // nobody was found: doubled up to soonLast
	soonLast    = time.Minute
	againFirst  = 5 * time.Minute // some were found: anything between, at random
	againLast   = 15 * time.Minute
	newsSpacing = time.Second // between lookups that news of nodes brings about
)

// Run searches for the peers of an infohash, at once and at intervals, until ctx ends or the node is
// closed; it returns ctx.Err() or ErrClosed. With announce, each search ends in telling the nearest
// nodes that a peer listens on TCP port at our address. found is called with batches as they come in,
// one call at a time; it gets addresses of both families, some again at each search, and should not
// block for long. Different infohashes may run at once.
func (n *Node) Run(ctx context.Context, infohash [20]byte, port uint16, announce bool, found func([]netip.AddrPort)) error {
	if !announce {
		port = 0
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(n.ctx, cancel)()
	var one sync.Mutex
	report := func(batch []netip.AddrPort) {
		one.Lock()
		defer one.Unlock()
		if ctx.Err() == nil {
			found(batch)
		}
	}
	told, forget := n.listen(infohash)
	defer forget()
	soon := soonFirst
	for {
		news := n.news.wait()
		began := time.Now()
		r, err := n.round(ctx, infohash, port, report)
		if err != nil {
			return n.ended(ctx)
		}
		wait := againFirst + rand.N(againLast-againFirst)
		if r.peers > 0 && (port == 0 || r.announced > 0) {
			soon = soonFirst
		} else {
			wait = soon + rand.N(soon/8)
			soon = min(2*soon, soonLast)
		}
		if r.reached && r.peers > 0 {
			news = nil
		}
		p := pause{timer: time.NewTimer(wait), news: news, earliest: began.Add(newsSpacing), told: told}
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

// roundResult is what one search came to in all families.
type roundResult struct {
	result
	reached bool // every family had a node that answered
}

// round searches in every family at once, when it is this infohash's turn.
func (n *Node) round(ctx context.Context, hash nodeID, port uint16, found func([]netip.AddrPort)) (roundResult, error) {
	select {
	case n.turns <- struct{}{}:
		defer func() { <-n.turns }()
	case <-ctx.Done():
		return roundResult{}, ctx.Err()
	}
	results := make([]result, len(n.families))
	var all sync.WaitGroup
	for i, f := range n.families {
		all.Go(func() { results[i] = f.lookup(ctx, hash, port, found) })
	}
	all.Wait()
	sum := roundResult{reached: true}
	for _, r := range results {
		sum.answered += r.answered
		sum.peers += r.peers
		sum.announced += r.announced
		sum.reached = sum.reached && r.answered > 0
	}
	return sum, ctx.Err()
}

// pause is the time between two searches.
type pause struct {
	timer    *time.Timer
	news     <-chan struct{} // ends it early,
	earliest time.Time       // but not before
	told     <-chan netip.AddrPort
}

// wait reports the peers that announced themselves to us in the meantime; false when ctx ended.
func (p pause) wait(ctx context.Context, report func([]netip.AddrPort)) bool {
	defer p.timer.Stop()
	for {
		select {
		case <-p.timer.C:
			return true
		case <-p.news:
			p.news = nil
			p.timer.Reset(time.Until(p.earliest))
		case peer := <-p.told:
			report([]netip.AddrPort{peer})
		case <-ctx.Done():
			return false
		}
	}
}

// maxTold is how many peers that announced themselves to us wait for a search under way to end. All
// others are in the store, where the next search finds them.
const maxTold = 64

// listen returns a channel that gets the peers which announce themselves to this node for an infohash.
func (n *Node) listen(hash nodeID) (told <-chan netip.AddrPort, forget func()) {
	ch := make(chan netip.AddrPort, maxTold)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listening == nil {
		n.listening = map[nodeID][]chan netip.AddrPort{}
	}
	n.listening[hash] = append(n.listening[hash], ch)
	return ch, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		rest := slices.DeleteFunc(n.listening[hash], func(c chan netip.AddrPort) bool { return c == ch })
		if n.listening[hash] = rest; len(rest) == 0 {
			delete(n.listening, hash)
		}
	}
}

// tell hands a peer to those who listen for its infohash, without waiting for them.
func (n *Node) tell(hash nodeID, peer netip.AddrPort) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, ch := range n.listening[hash] {
		select {
		case ch <- peer:
		default:
		}
	}
}
