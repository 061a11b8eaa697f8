package dht

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// fewNodes is where a family counts as badly connected: it takes in whom it can, and asks the
// routers, the saved nodes and the other family too.
const fewNodes = 8

// family is the node's half on one address family: a DHT node of its own, with an id of its own (BEP 45), on
// one socket.
type family struct {
	node *Node
	six  bool
	conn net.PacketConn
	own  map[netip.Addr]bool // where the socket is reached

	localPort uint16

	table    *table
	exchange exchange
	external opinions
	reach    reach
	heardAt  atomic.Int64 // when a node last answered, Unix time in nanoseconds
	settle   chan struct{}

	peers     *store
	tokens    tokens
	familiar  inflow // queries of nodes in the table
	strangers inflow
	newcomer  *rate.Limiter

	meeting chan netip.AddrPort // nodes heard of, not asked yet
	met     met

	mu        sync.Mutex
	routers   []netip.AddrPort // of Config.Bootstrap, as far as resolved
	saved     []contact        // of the table file
	renamedAt time.Time
	lastAddr  netip.Addr // what others saw us at, as far as it was known
	movedAt   time.Time

	closing  chan struct{}
	readDone chan struct{}
}

func newFamily(n *Node, conn net.PacketConn, six bool, t savedFamily) *family {
	f := &family{
		node: n, six: six, conn: conn, saved: t.nodes, own: ownAddrs(conn, six),
		localPort: addrPort(conn.LocalAddr()).Port(),
		peers:     newStore(),
		newcomer:  rate.NewLimiter(newcomerRate, newcomerBurst),
		meeting:   make(chan netip.AddrPort, maxMeeting),
		settle:    make(chan struct{}, 1),
		closing:   make(chan struct{}), readDone: make(chan struct{}),
	}
	id := t.id
	if id == (nodeID{}) || !secure(id, t.external) {
		id = newID(t.external)
	}
	f.table = newTable(id)
	return f
}

// open begins to answer, to meet nodes and to join.
func (f *family) open() {
	go f.read() // close waits for it
	f.node.work.Go(f.meetNodes)
	f.node.work.Go(f.join)
	f.node.work.Go(f.upkeep)
}

// readOnly reports whether this node is not to be asked anything (BEP 43).
func (f *family) readOnly() bool {
	if f.node.readOnly {
		return true
	}
	good, _ := f.table.count()
	return f.reach.readOnly(good)
}

// want says in a query whether nodes of the other family are welcome too (BEP 32). Those of this one come
// unasked.
func (f *family) want(q packet) packet {
	if other := f.node.family(!f.six); other != nil && other.few() {
		q.want4, q.want6 = true, true
	}
	return q
}

// few reports whether the family is badly connected.
func (f *family) few() bool {
	good, _ := f.table.count()
	return good < fewNodes
}

// spread hands the other family the nodes of its kind that a response names, while it has few.
func (f *family) spread(from netip.AddrPort, r packet) {
	other := f.node.family(!f.six)
	if other == nil || !other.few() {
		return
	}
	for _, c := range r.named(other.six, from.Addr()) {
		other.meet(c.addr)
	}
}

func (f *family) stats() FamilyStats {
	good, all := f.table.count()
	return FamilyStats{
		Good: good, Nodes: all, Stored: f.peers.len(), External: f.external.address(), ReadOnly: f.readOnly(),
	}
}
