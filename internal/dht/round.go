package dht

import (
	"context"
	"net/netip"
	"sync"
	"time"
)

// roundResult is what one search came to in all families.
type roundResult struct {
	result
	reached bool // every family had a node that answered
	tell    bool // there was something to announce
}

// done reports whether a search did what it could: whoever looks for peers found some, and who has something
// to announce told a node, or as many as a seed is to be found at.
func (r roundResult) done(seed bool) bool {
	switch {
	case !r.reached || r.answered < searchWidth: // the next node may be the one that knows
		return false
	case r.peers > 0:
		return !r.tell || r.announced > 0
	}
	return seed && r.announced >= searchWidth
}

// round searches in every family at once, when it is this infohash's turn: sooner if somebody waits for it.
func (n *Node) round(ctx context.Context, s *Search, seed, pressing bool, found func([]netip.AddrPort)) (roundResult, error) {
	if err := n.turns.take(ctx, pressing); err != nil {
		return roundResult{}, err
	}
	defer n.turns.give()
	port := s.port()
	results := make([]result, len(n.families))
	var all sync.WaitGroup
	for i, f := range n.families {
		all.Go(func() { results[i] = f.lookup(ctx, s.Infohash, port, seed, found) })
	}
	all.Wait()
	sum := roundResult{reached: true, tell: port != 0}
	for _, r := range results {
		sum.asked += r.asked
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
	moved    <-chan struct{} // as does news of another address,
	earliest time.Time       // though not before
	told     <-chan announced
	noSeed   bool // of those who are told of
}

// wait reports the peers that announced themselves to us in the meantime; false when ctx ended.
func (p pause) wait(ctx context.Context, report func([]netip.AddrPort)) bool {
	defer p.timer.Stop()
	for {
		select {
		case <-p.timer.C:
			return true
		case <-p.moved:
			p.moved = nil
			p.timer.Reset(time.Until(p.earliest))
		case <-p.news:
			p.news = nil
			p.timer.Reset(time.Until(p.earliest))
		case a := <-p.told:
			if !a.seed || !p.noSeed {
				report([]netip.AddrPort{a.peer})
			}
		case <-ctx.Done():
			return false
		}
	}
}
