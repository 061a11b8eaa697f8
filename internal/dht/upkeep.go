package dht

import (
	"context"
	"crypto/rand"
	"net/netip"
	"time"
)

const (
	upkeepPace = time.Second      // between queries that only keep the table up,
	upkeepIdle = 10 * time.Second // and between looks whether one is due
	selfAgain  = 20 * time.Minute // between searches for our own neighbours
)

// upkeep asks nodes that have not been seen for long whether they are still there, and for others of their
// bucket, so that buckets fill and stay filled (BEP 5).
func (f *family) upkeep() {
	timer := time.NewTimer(upkeepIdle)
	defer timer.Stop()
	for {
		select {
		case <-f.node.ctx.Done():
			return
		case <-timer.C:
		}
		wait := upkeepIdle
		if to, target, ok := f.table.overdue(); ok {
			wait = upkeepPace
			f.node.work.Go(func() { f.refresh(f.node.ctx, to, target) })
		}
		timer.Reset(wait)
	}
}

// refresh asks a node for others near target, and meets those that there is room for.
func (f *family) refresh(ctx context.Context, to netip.AddrPort, target nodeID) {
	r, err := f.query(ctx, to, packet{method: "find_node", target: target, targeted: true})
	if err != nil {
		return
	}
	f.spread(to, r)
	for _, c := range r.named(f.six, to.Addr()) {
		if f.table.room(c) {
			f.meet(c.addr)
		}
	}
}

// overdue returns the node that has not been seen for the longest time, if that is too long, and a target in
// its bucket to ask it for. It notes that the node is tried now.
func (t *table) overdue() (to netip.AddrPort, target nodeID, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	var oldest *entry
	for _, e := range t.addrs {
		// A node that failed is tried again soon: it may have been bad luck.
		wait := goodTime
		if e.failures > 0 {
			wait = time.Minute
		}
		if now.Sub(e.seen) >= wait && now.Sub(e.tried) >= time.Minute &&
			(oldest == nil || e.seen.Before(oldest.seen)) {
			oldest = e
		}
	}
	if oldest == nil {
		return to, target, false
	}
	oldest.tried = now
	return oldest.addr, t.idAt(t.id.prefix(oldest.id)), true
}

// idAt returns a random id that shares n leading bits with ours, and not the next.
func (t *table) idAt(n int) (id nodeID) {
	rand.Read(id[:])
	for i := range n + 1 {
		mask := byte(0x80) >> (i % 8)
		bit := t.id[i/8] & mask
		if i == n {
			bit ^= mask
		}
		id[i/8] = id[i/8]&^mask | bit
	}
	return id
}
