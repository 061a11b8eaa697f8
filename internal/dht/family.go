package dht

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	anacrolix "github.com/anacrolix/dht/v2"
	"github.com/anacrolix/dht/v2/bep44"
	"github.com/anacrolix/dht/v2/krpc"
	"golang.org/x/time/rate"
)

const (
	// resendTime is how long a query waits for its answer before it is sent once more, or given up.
	resendTime = time.Second
	queryTries = 2

	// fewNodes is where a family counts as badly connected: it takes in whom it can, and asks the
	// routers and the other family too.
	fewNodes = 8
)

// family is the node's half on one address family: a server of the library on one socket.
type family struct {
	node   *Node
	six    bool
	id     nodeID
	conn   net.PacketConn
	filter *filter
	server *anacrolix.Server

	own map[netip.Addr]bool // where the socket is reached

	peers    store
	tokens   tokens
	queries  inflow
	external opinions
	meeting  chan netip.AddrPort // nodes heard of, not asked yet
	met      met
	newcomer *rate.Limiter

	mu      sync.Mutex
	routers []netip.AddrPort // of Config.Bootstrap, as far as resolved
	saved   []contact        // of the table file
	table   []contact        // snapshot of the routing table: nodes that answered
	index   map[netip.AddrPort]nodeID
	tableAt time.Time
}

func newFamily(n *Node, conn net.PacketConn, six bool, t savedFamily) *family {
	f := &family{
		node: n, six: six, conn: conn, saved: t.nodes, own: ownAddrs(conn, six),
		meeting:  make(chan netip.AddrPort, maxMeeting),
		newcomer: rate.NewLimiter(newcomerRate, newcomerBurst),
	}
	rand.Read(f.id[:])
	if public(t.external) {
		// BEP 42: nodes that check ids accept one that is made from the address they see.
		id := krpc.ID(f.id)
		anacrolix.SecureNodeId(&id, t.external.AsSlice())
		f.id = nodeID(id)
	}
	f.filter = newFilter(conn, f.answer, n.log)
	return f
}

// start makes the server. Nothing is read before open.
func (f *family) start() error {
	server, err := anacrolix.NewServer(&anacrolix.ServerConfig{
		NodeId:           krpc.ID(f.id),
		Conn:             f.filter,
		NoSecurity:       true,
		Store:            noItems{},
		QueryResendDelay: func() time.Duration { return resendTime },
		StartingNodes:    f.startingNodes,
		SendLimiter:      f.node.send,
		DefaultWant:      f.wants(false),
		Logger:           libraryLogger(f.node.log),
		// What reaches the library as a query only refreshes the sender's entry in the table.
		OnQuery: func(*krpc.Msg, net.Addr) bool { return false },
	})
	if err != nil {
		return fmt.Errorf("start DHT node: %w", err)
	}
	f.server = server
	return nil
}

// open begins to answer, to meet nodes and to join, when every family has its server.
func (f *family) open() {
	f.filter.open()
	f.node.work.Go(f.meetNodes)
	f.node.work.Go(f.join)
}

// noItems is a store for BEP 44 that holds nothing; such queries do not reach the library anyway.
type noItems struct{}

func (noItems) Put(*bep44.Item) error                 { return nil }
func (noItems) Get(bep44.Target) (*bep44.Item, error) { return nil, bep44.ErrItemNotFound }
func (noItems) Del(bep44.Target) error                { return nil }

func (f *family) close() {
	if f.server != nil {
		f.server.Close()
		f.filter.Close()
	}
}

// wants is the "want" of a query (BEP 32): nodes of this family, and of the other if asked.
func (f *family) wants(both bool) []krpc.Want {
	switch {
	case both:
		return []krpc.Want{krpc.WantNodes, krpc.WantNodes6}
	case f.six:
		return []krpc.Want{krpc.WantNodes6}
	}
	return []krpc.Want{krpc.WantNodes}
}

// query asks a node and returns its response. A node that answered is in the routing table afterwards if
// there was room.
func (f *family) query(ctx context.Context, to netip.AddrPort, method string, args krpc.MsgArgs) (*krpc.Return, error) {
	res := f.server.Query(ctx, anacrolix.NewAddr(net.UDPAddrFromAddrPort(to)), method, anacrolix.QueryInput{
		MsgArgs:      args,
		NumTries:     queryTries,
		RateLimiting: anacrolix.QueryRateLimiting{WaitOnRetries: true},
	})
	if err := res.ToError(); err != nil {
		return nil, fmt.Errorf("query %s at %s: %w", method, to, err)
	}
	if res.Reply.R == nil {
		return nil, fmt.Errorf("query %s at %s: neither response nor error", method, to)
	}
	if ip, ok := netip.AddrFromSlice(res.Reply.IP.IP); ok {
		f.external.add(to.Addr(), ip)
	}
	f.answered(to)
	return res.Reply.R, nil
}

// answered notes that a node answered, and tells those who wait for nodes.
func (f *family) answered(addr netip.AddrPort) {
	f.mu.Lock()
	_, known := f.index[addr]
	if !known {
		f.tableAt = time.Time{}
	}
	f.mu.Unlock()
	if !known && len(f.nodes()) <= 2*fewNodes {
		f.node.news.fire()
	}
}

// nodes returns the routing table's nodes that are not known to be gone. All of them answered once. The
// slice is shared and must not be changed.
func (f *family) nodes() []contact {
	f.mu.Lock()
	defer f.mu.Unlock()
	// The library's own upkeep changes the table too, behind our back.
	age := 10 * time.Second
	if len(f.table) < 2*fewNodes {
		age = time.Second
	}
	if time.Since(f.tableAt) < age {
		return f.table
	}
	infos := f.server.Nodes()
	f.table = make([]contact, 0, len(infos))
	f.index = make(map[netip.AddrPort]nodeID, len(infos))
	for _, info := range infos {
		ip, _ := netip.AddrFromSlice(info.Addr.IP)
		c := contact{nodeID(info.ID), netip.AddrPortFrom(ip.Unmap(), uint16(info.Addr.Port))}
		f.table = append(f.table, c)
		f.index[c.addr] = c.id
	}
	f.tableAt = time.Now()
	return f.table
}

// known returns the id of the node at an address, if it is in the routing table.
func (f *family) known(addr netip.AddrPort) (nodeID, bool) {
	f.nodes()
	f.mu.Lock()
	defer f.mu.Unlock()
	id, ok := f.index[addr]
	return id, ok
}

// closest returns the k nodes nearest to target.
func (f *family) closest(target nodeID, k int) []contact {
	cs := slices.Clone(f.nodes())
	slices.SortFunc(cs, func(a, b contact) int {
		return a.id.distance(target).compare(b.id.distance(target))
	})
	return cs[:min(k, len(cs))]
}

func (f *family) stats() FamilyStats {
	s := f.server.Stats()
	return FamilyStats{Good: s.GoodNodes, Nodes: s.Nodes, Stored: f.peers.len(), External: f.external.address()}
}
