package dht

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

const (
	// goodTime is how long a node counts as good after it answered, or after it asked us something, if it ever answered
	// (BEP 5). Then it is asked again.
	goodTime = 15 * time.Minute

	// askedTime is how long asking us something makes up for an answer: the sender of a query may be forged.
	askedTime = time.Hour

	maxFailures = 2 // queries in a row, each sent twice, that a node may leave unanswered
	maxSpares   = 8 // nodes of a bucket that wait for a place
)

// table is the routing table of one family (BEP 5): nodes that answered, in buckets by the number of
// leading bits that their ids share with ours. Nodes stay as long as they answer, whatever comes after them;
// only one whose id does not fit its address (BEP 42) makes room for one whose id does. No party may have more
// than its share of the places.
type table struct {
	mu      sync.Mutex
	id      nodeID
	buckets [160]bucket
	addrs   map[netip.AddrPort]*entry
	crowd   crowd
}

// bucket is the nodes at one distance. Each bucket covers half of the space that the one before it does, so
// the first ones are larger: a search that begins in them starts nearer to its target.
type bucket struct {
	nodes  []*entry
	spares []netip.AddrPort // answered once when there was no room; the newest last
}

func bucketSize(i int) int { return max(64>>i, 8) }

// entry is a node in the table.
type entry struct {
	contact
	secure   bool
	answered time.Time // last
	seen     time.Time // when it last answered, or asked us something
	tried    time.Time // when it was last asked for upkeep
	failures int       // since it last answered
}

func (e *entry) good(now time.Time) bool { return e.failures == 0 && now.Sub(e.seen) < goodTime }

func newTable(id nodeID) *table {
	return &table{id: id, addrs: map[netip.AddrPort]*entry{}, crowd: newCrowd(tableShares)}
}

// self is our own id.
func (t *table) self() nodeID {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.id
}

// rename gives us another id. The nodes find their new places, as far as there is room.
func (t *table) rename(id nodeID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.entries()
	slices.SortStableFunc(all, func(a, b *entry) int { return b.answered.Compare(a.answered) })
	t.id, t.buckets = id, [160]bucket{}
	clear(t.addrs)
	t.crowd = newCrowd(tableShares)
	for _, e := range all {
		t.insert(e)
	}
}

// heard notes that a node answered a query, and takes it in if there is room; it reports whether the node is
// new.
func (t *table) heard(c contact) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if e := t.addrs[c.addr]; e != nil {
		if e.id == c.id {
			e.answered, e.seen, e.failures = now, now, 0
			return false
		}
		t.remove(e) // another id at the same address is another node
	}
	return t.insert(&entry{contact: c, secure: secure(c.id, c.addr.Addr()), answered: now, seen: now})
}

// insert puts a node where it belongs, if it may come in.
func (t *table) insert(e *entry) bool {
	if e.id == t.id || e.id == (nodeID{}) {
		return false
	}
	i := t.id.prefix(e.id)
	b := &t.buckets[i]
	var out *entry
	if len(b.nodes) >= bucketSize(i) {
		if out = b.weakest(e); out == nil {
			b.wait(e)
			return false
		}
		t.remove(out)
	}
	if !t.crowd.room(e.addr.Addr()) {
		if out != nil {
			t.place(out)
		}
		return false
	}
	t.place(e)
	return true
}

// weakest is the node that makes room for another: one that fails, or one of a wrong id for one of a right
// id; nil if there is none.
func (b *bucket) weakest(e *entry) *entry {
	var out *entry
	for _, n := range b.nodes {
		if (n.failures > 0 || e.secure && !n.secure) && (out == nil || n.failures > out.failures) {
			out = n
		}
	}
	return out
}

func (b *bucket) wait(e *entry) {
	if !e.secure || slices.Contains(b.spares, e.addr) {
		return
	}
	if b.spares = append(b.spares, e.addr); len(b.spares) > maxSpares {
		b.spares = b.spares[1:]
	}
}

func (t *table) place(e *entry) {
	b := &t.buckets[t.id.prefix(e.id)]
	b.nodes = append(b.nodes, e)
	t.addrs[e.addr] = e
	t.crowd.add(e.addr.Addr())
}

func (t *table) remove(e *entry) *bucket {
	b := &t.buckets[t.id.prefix(e.id)]
	b.nodes = slices.DeleteFunc(b.nodes, func(n *entry) bool { return n == e })
	delete(t.addrs, e.addr)
	t.crowd.remove(e.addr.Addr())
	return b
}

// failed notes that a node left a query unanswered. One that did so too often is dropped; then the node that
// waited for its place is returned, if there is one.
func (t *table) failed(addr netip.AddrPort) (spare netip.AddrPort) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.addrs[addr]
	if e == nil {
		return spare
	}
	if e.failures++; e.failures < maxFailures {
		return spare
	}
	b := t.remove(e)
	if n := len(b.spares); n > 0 {
		spare, b.spares = b.spares[n-1], b.spares[:n-1]
	}
	return spare
}

// asked notes that a node of the table asked us something, by which it is seen to be alive.
func (t *table) asked(c contact) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e := t.addrs[c.addr]; e != nil && e.id == c.id && time.Since(e.answered) < askedTime {
		e.seen = time.Now()
	}
}

// known returns the id of the node at an address, if it is in the table.
func (t *table) known(addr netip.AddrPort) (nodeID, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e := t.addrs[addr]; e != nil {
		return e.id, true
	}
	return nodeID{}, false
}

// room reports whether a node might come in.
func (t *table) room(c contact) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.id == t.id || t.addrs[c.addr] != nil || !t.crowd.room(c.addr.Addr()) {
		return false
	}
	i := t.id.prefix(c.id)
	b := &t.buckets[i]
	return len(b.nodes) < bucketSize(i) || b.weakest(&entry{contact: c, secure: secure(c.id, c.addr.Addr())}) != nil
}
