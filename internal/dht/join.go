package dht

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"
)

// How long is waited before joining is tried again: doubled from the first to the last.
const (
	retryFirst   = time.Second
	retryLast    = time.Minute
	retryLastFew = 10 * time.Minute // while a few nodes are there: it may be all the DHT there is

	// enterPace is the time between the nodes that a family knocks at to join. Most of a saved table may
	// be gone, so it does not wait for one before it tries the next, nor ask one twice.
	enterPace = 10 * time.Millisecond
)

// join asks the routers and the nodes of the saved table until enough nodes are known, and looks for our
// neighbours in the id space: so that they know us, and we them. It does both again when there is reason to.
func (f *family) join() {
	ctx := f.node.ctx
	for wait := retryFirst; ; wait = 2 * wait {
		if f.few() {
			f.enter(ctx)
		}
		next := min(wait, retryLast)
		if good, _ := f.table.count(); good > 0 {
			f.findSelf(ctx)
			next = min(wait, retryLastFew)
		}
		if !f.few() {
			wait, next = retryFirst/2, selfAgain+rand.N(selfAgain/4)
		}
		wait = min(wait, retryLastFew)
		if !f.idle(ctx, next) {
			return
		}
	}
}

// idle waits until it is time to join again; false if the node ends. It looks every minute whether the nodes
// are still there.
func (f *family) idle(ctx context.Context, d time.Duration) bool {
	few := f.few()
	timer := time.NewTimer(d)
	defer timer.Stop()
	tick := time.NewTicker(retryLast)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			return true
		case <-f.settle:
			return true
		case <-tick.C:
			if !few && f.few() {
				return true
			}
		}
	}
}

// enter knocks at one node after the other until enough have answered.
func (f *family) enter(ctx context.Context) {
	var busy sync.WaitGroup
	defer busy.Wait()
	pace := time.NewTicker(enterPace)
	defer pace.Stop()
	for _, addr := range f.entrances() {
		if good, _ := f.table.count(); good >= 2*fewNodes {
			return
		}
		busy.Go(func() { f.askForNodes(ctx, addr, 1) })
		select {
		case <-pace.C:
		case <-ctx.Done():
			return
		}
	}
}

// entrances are the addresses to join through: the routers, nodes of the table that may be there again, and those
// of the saved table, the ones that answered last first.
func (f *family) entrances() []netip.AddrPort {
	table := f.table.latest()
	f.mu.Lock()
	defer f.mu.Unlock()
	out := append([]netip.AddrPort(nil), f.routers...)
	for _, c := range append(table, f.saved...) {
		out = append(out, c.addr)
	}
	return out
}

// findSelf searches for the nodes nearest to our own id.
func (f *family) findSelf(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	w := newWalk(f, packet{method: "find_node", target: f.table.self(), targeted: true})
	w.walk(ctx)
}
