package dht

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
)

const (
	maxPeers     = 1000 // peers that one lookup reports,
	maxNodePeers = 150  // and of those, peers that one node named
)

// result is what a lookup came to.
type result struct {
	asked     int // nodes that were asked
	answered  int // nodes that answered
	peers     int // peers reported
	announced int // nodes that took our announce
}

// lookup is one search for the peers of an infohash among the nodes of one family.
type lookup struct {
	*walk
	port   uint16 // announced in the end; 0 is not
	seed   bool
	found  func([]netip.AddrPort)
	seen   map[netip.AddrPort]bool
	result result
}

// lookup searches for peers of an infohash and announces port to the nearest nodes, unless it is 0: as a
// seed, who looks for no other seeds, if seed is set (BEP 33). found gets peers in batches, from this goroutine.
func (f *family) lookup(ctx context.Context, hash nodeID, port uint16, seed bool, found func([]netip.AddrPort)) result {
	ctx, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	l := &lookup{
		walk: newWalk(f, packet{method: "get_peers", target: hash, targeted: true, noSeed: seed}),
		port: port, seed: seed, found: found, seen: map[netip.AddrPort]bool{},
	}
	l.heed = func(from *candidate, r *packet) { l.report(from.addr.Addr(), r.values) }
	l.report(netip.Addr{}, f.peers.get(hash, maxPeers, seed))
	l.walk.walk(ctx)
	if port != 0 {
		l.announce(ctx)
	}
	l.result.asked, l.result.answered = l.asked, l.answered
	return l.result
}

// report passes on the peers that are new, credible and not ourselves. from is invalid for peers out of
// our own store.
func (l *lookup) report(from netip.Addr, peers []netip.AddrPort) {
	batch := make([]netip.AddrPort, 0, len(peers))
	for _, p := range peers {
		if len(l.seen) >= maxPeers || from.IsValid() && len(batch) >= maxNodePeers {
			break
		}
		if l.seen[p] || from.IsValid() && !credible(from, p.Addr()) || l.isSelf(p, l.port) {
			continue
		}
		l.seen[p] = true
		batch = append(batch, p)
	}
	if len(batch) > 0 {
		l.result.peers += len(batch)
		l.found(batch)
	}
}

// announce tells the nearest nodes that we have the torrent, at our TCP port (implied_port is not used).
func (l *lookup) announce(ctx context.Context) {
	var queries sync.WaitGroup
	var good atomic.Int64
	right, others := l.nearest()
	for _, c := range append(right, others...) {
		if len(c.token) == 0 {
			continue
		}
		queries.Go(func() {
			_, err := l.family.query(ctx, c.addr, packet{
				method: "announce_peer", target: l.target, targeted: true, port: int64(l.port), token: c.token, seed: l.seed,
			})
			if err == nil {
				good.Add(1)
			}
		})
	}
	queries.Wait()
	l.result.announced = int(good.Load())
}
