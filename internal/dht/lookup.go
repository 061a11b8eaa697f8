package dht

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anacrolix/dht/v2/krpc"
)

const (
	searchAtOnce = 4    // queries under way that may still be answered promptly
	searchAsked  = 24   // queries under way, slow ones included
	maxPeers     = 1000 // peers that one lookup reports
	lookupTime   = 30 * time.Second
)

// result is what a lookup came to.
type result struct {
	answered  int // nodes that answered
	peers     int // peers reported
	announced int // nodes that took our announce
}

// lookup is one search for the peers of an infohash among the nodes of one family.
type lookup struct {
	*family
	*frontier
	port    uint16 // announced in the end; 0 is not
	found   func([]netip.AddrPort)
	seen    map[netip.AddrPort]bool
	results chan reply
	result  result
}

// reply is how a query of a lookup ended.
type reply struct {
	to  *candidate
	ret *krpc.Return // nil: it failed
}

// lookup searches for peers of an infohash and announces port to the nearest nodes, unless it is 0.
// found gets peers in batches, from this goroutine.
func (f *family) lookup(ctx context.Context, hash nodeID, port uint16, found func([]netip.AddrPort)) result {
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	l := &lookup{
		family: f, frontier: newFrontier(hash), port: port, found: found,
		seen: map[netip.AddrPort]bool{}, results: make(chan reply, searchAsked),
	}
	l.report(netip.Addr{}, f.peers.get(hash, maxPeers))
	l.begin()
	l.search(ctx)
	if port != 0 {
		l.announce(ctx)
	}
	return l.result
}

// begin takes in the nodes to start from.
func (l *lookup) begin() {
	nodes := l.closest(l.target, 2*searchWidth)
	for _, c := range nodes {
		l.add(&candidate{contact: c})
	}
	if len(nodes) >= fewNodes {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, addr := range l.routers {
		l.add(&candidate{contact: contact{addr: addr}, nameless: true})
	}
	saved := slices.Clone(l.saved)
	slices.SortFunc(saved, func(a, b contact) int {
		return a.id.distance(l.target).compare(b.id.distance(l.target))
	})
	for _, c := range saved[:min(len(saved), 4*searchWidth)] {
		l.add(&candidate{contact: c})
	}
}

// search asks ever nearer nodes until the nearest ones have answered.
func (l *lookup) search(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var queries sync.WaitGroup
	defer queries.Wait()
	defer cancel()
	tick := time.NewTicker(slowAnswerTime / 4)
	defer tick.Stop()
	for {
		for all, prompt := l.waiting(); all < searchAsked && prompt < searchAtOnce; all, prompt = l.waiting() {
			c := l.next()
			if c == nil {
				break
			}
			c.step, c.askedAt = asked, time.Now()
			queries.Go(func() { l.results <- reply{c, l.ask(ctx, c.addr)} })
		}
		all, prompt := l.waiting()
		// Where hardly anybody answered, the slow ones are waited for to the end.
		if all == 0 || prompt == 0 && l.next() == nil && l.result.answered >= searchWidth/2 {
			return
		}
		select {
		case r := <-l.results:
			l.take(r)
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (l *lookup) ask(ctx context.Context, addr netip.AddrPort) *krpc.Return {
	other := l.node.family(!l.six)
	both := other != nil && len(other.nodes()) < fewNodes
	r, err := l.query(ctx, addr, "get_peers", krpc.MsgArgs{InfoHash: krpc.ID(l.target), Want: l.wants(both)})
	if err != nil {
		return nil
	}
	l.spread(addr, r)
	return r
}

// take works off an answer.
func (l *lookup) take(r reply) {
	c := r.to
	id := nodeID{}
	if r.ret != nil {
		id = nodeID(r.ret.ID)
	}
	if r.ret == nil || id == l.id {
		c.step = failed
		return
	}
	c.step = answered
	l.result.answered++
	if r.ret.Token != nil {
		c.token = *r.ret.Token
	}
	l.rename(c, id)
	for _, n := range contacts(r.ret, l.six) {
		if n.id != l.id && credible(c.addr.Addr(), n.addr.Addr()) {
			l.add(&candidate{contact: n})
		}
	}
	peers := make([]netip.AddrPort, 0, len(r.ret.Values))
	for _, v := range r.ret.Values {
		ip, _ := netip.AddrFromSlice(v.IP)
		peers = append(peers, netip.AddrPortFrom(ip, uint16(v.Port)))
	}
	l.report(c.addr.Addr(), peers)
}

// report passes on the peers that are new, credible and not ourselves. from is invalid for peers out of
// our own store.
func (l *lookup) report(from netip.Addr, peers []netip.AddrPort) {
	batch := make([]netip.AddrPort, 0, len(peers))
	for _, p := range peers {
		if l.seen[p] || len(l.seen) >= maxPeers || from.IsValid() && !credible(from, p.Addr()) || l.isSelf(p) {
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
	port := int(l.port)
	for _, c := range l.nearest() {
		if c.token == "" {
			continue
		}
		queries.Go(func() {
			_, err := l.query(ctx, c.addr, "announce_peer", krpc.MsgArgs{
				InfoHash: krpc.ID(l.target), Port: &port, Token: c.token,
			})
			if err == nil {
				good.Add(1)
			}
		})
	}
	queries.Wait()
	l.result.announced = int(good.Load())
}
