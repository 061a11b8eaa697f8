package dht

import (
	"context"
	"sync"
	"time"
)

const (
	searchAtOnce = 4  // queries under way that may still be answered promptly
	searchAsked  = 24 // queries under way, slow ones included
	searchTime   = 30 * time.Second
)

// walk is a search among the nodes of one family, from those of the table to those nearest to the target of a
// query.
type walk struct {
	*family
	*frontier
	query    packet
	heed     func(from *candidate, r *packet) // gets each response, from walk's goroutine; nil ignores them
	replies  chan reply
	asked    int
	answered int
}

// reply is how a query of a walk ended.
type reply struct {
	from *candidate
	r    packet
	err  error
}

func newWalk(f *family, query packet) *walk {
	return &walk{family: f, frontier: newFrontier(query.target), query: query, replies: make(chan reply, searchAsked)}
}

// walk asks ever nearer nodes until the nearest ones have answered.
func (w *walk) walk(ctx context.Context) {
	for _, c := range w.table.closest(w.target, 2*searchWidth) {
		w.add(c, nil)
	}
	ctx, cancel := context.WithCancel(ctx)
	var queries sync.WaitGroup
	defer queries.Wait()
	defer cancel()
	tick := time.NewTicker(slowTime / 4)
	defer tick.Stop()
	for {
		w.askMore(ctx, &queries)
		all, _, hopeful := w.waiting()
		// Where hardly anybody answered, the late ones are waited for to the end.
		if all == 0 || hopeful == 0 && w.next() == nil && w.answered >= searchWidth/2 {
			return
		}
		select {
		case r := <-w.replies:
			w.work(r)
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// askMore asks the next nodes, as many as may be under way.
func (w *walk) askMore(ctx context.Context, queries *sync.WaitGroup) {
	for {
		all, prompt, _ := w.waiting()
		if all >= searchAsked || prompt >= searchAtOnce {
			return
		}
		c := w.next()
		if c == nil || w.node.asking.Wait(ctx) != nil {
			return
		}
		c.step, c.askedAt = asked, time.Now()
		w.asked++
		queries.Go(func() { w.ask(ctx, c) })
	}
}

func (w *walk) ask(ctx context.Context, c *candidate) {
	r, err := w.send(ctx, c.addr, w.want(w.query), queryTries)
	if err == nil {
		w.spread(c.addr, r)
	}
	w.replies <- reply{c, r, err}
}

// work takes in how a query ended.
func (w *walk) work(a reply) {
	if a.err != nil {
		w.fail(a.from)
		return
	}
	w.answered++
	w.take(a.from, a.r.sender)
	a.from.token = a.r.token
	for _, n := range a.r.named(w.six, a.from.addr.Addr()) {
		if n.id != w.table.self() && !w.isSelf(n.addr, w.localPort) {
			w.add(n, a.from)
		}
	}
	if w.heed != nil {
		w.heed(a.from, &a.r)
	}
}
