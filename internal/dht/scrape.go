package dht

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"sync"
	"time"
)

// ErrNoAnswer is in the error of Scrape where no node answered.
var ErrNoAnswer = errors.New("no node of the DHT answered")

// scrapeTime bounds one Scrape, from its turn on.
const scrapeTime = searchTime + 5*time.Second

// Scrape asks the nodes nearest to an infohash how many peers they know of, and returns about how many there
// are (BEP 33): seeds, and others. Both are 0 for a torrent that nobody announced. The estimate is within
// a few percent up to some thousand peers, if the nodes are honest. It takes some seconds, and the error
// is ErrNoAnswer, ErrClosed or that of ctx.
func (n *Node) Scrape(ctx context.Context, infohash [20]byte) (seeds, leechers int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(n.ctx, cancel)()
	if n.ctx.Err() != nil {
		return 0, 0, ErrClosed
	}
	if err := n.turns.take(ctx, false); err != nil {
		return 0, 0, n.ended(ctx)
	}
	defer n.turns.give()
	limited, stop := context.WithTimeout(ctx, scrapeTime)
	defer stop()
	counts := make([]*census, len(n.families))
	var all sync.WaitGroup
	for i, f := range n.families {
		all.Go(func() { counts[i] = f.scrape(limited, infohash) })
	}
	all.Wait()
	if ctx.Err() != nil {
		return 0, 0, n.ended(ctx)
	}
	var sum census
	for _, c := range counts {
		sum.answered += c.answered
		sum.said = append(sum.said, c.said...)
		sum.values = append(sum.values, c.values...)
	}
	if sum.answered == 0 {
		return 0, 0, fmt.Errorf("scrape %x: %w", infohash, ErrNoAnswer)
	}
	seeds, leechers = sum.count()
	return seeds, leechers, nil
}

// census is what nodes said of the peers of one infohash.
type census struct {
	answered int
	said     []said
	values   []netip.Addr // peers named by nodes that count none
}

type said struct{ seeds, peers *bloom }

// scrape asks the nodes of one family.
func (f *family) scrape(ctx context.Context, hash nodeID) *census {
	c := &census{}
	if seeds, peers := f.peers.filters(hash); seeds != nil {
		c.said, c.answered = append(c.said, said{seeds, peers}), 1
	}
	w := newWalk(f, packet{method: "get_peers", target: hash, targeted: true, scrape: true})
	var again []*candidate
	values := map[*candidate][]netip.AddrPort{}
	w.heed = func(from *candidate, r *packet) {
		switch {
		case r.seeds != nil && r.peers != nil:
			c.said = append(c.said, said{r.seeds, r.peers})
		case len(r.values) > 0:
			again = append(again, from)
			values[from] = r.values
		}
	}
	w.walk(ctx)
	c.answered += w.answered
	// Who does not know us may keep its answer short. The token shows that we are who we say.
	answers := make(chan reply, len(again))
	for _, from := range again {
		go func() {
			r, err := f.query(ctx, from.addr, packet{
				method: "get_peers", target: hash, targeted: true, scrape: true, token: from.token,
			})
			answers <- reply{from, r, err}
		}()
	}
	for range again {
		if a := <-answers; a.err == nil && a.r.seeds != nil && a.r.peers != nil {
			c.said = append(c.said, said{a.r.seeds, a.r.peers})
		} else {
			for _, v := range values[a.from] {
				c.values = append(c.values, v.Addr())
			}
		}
	}
	return c
}

// count joins what was said. Who claims far more than the others is left out: one node is to be no reason to
// believe in thousands of peers.
func (c *census) count() (seeds, peers int) {
	var s, p bloom
	for _, f := range honest(c.said, func(f said) *bloom { return f.seeds }) {
		s.join(f)
	}
	for _, f := range honest(c.said, func(f said) *bloom { return f.peers }) {
		p.join(f)
	}
	for _, ip := range c.values { // of which it is not known what they are
		if !s.has(ip) {
			p.add(ip)
		}
	}
	return int(math.Round(s.estimate())), int(math.Round(p.estimate()))
}
