package dht

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"

	"golang.org/x/time/rate"
)

// Bounds of the whole node, packets a second of both families.
const (
	askRate     = 100 // queries of ours, of all kinds
	askBurst    = 50  // so that a search's first steps are not held up
	answerRate  = 200 // answers to nodes of the routing table, and as many to others
	answerBurst = 200

	maxSearches = 4 // rounds of different infohashes under way at once; others queue
)

// Node is the program's DHT node. Its methods may be called from any goroutine.
type Node struct {
	log      *slog.Logger
	readOnly bool
	families []*family // those that have a socket
	asking   *rate.Limiter

	answersKnown, answersOther *rate.Limiter

	turns    turns
	searches atomic.Int64 // that Run was called for
	news     broadcast    // a node answered while there were few
	moved    broadcast    // our address changed, so that what was announced is wrong

	mu        sync.Mutex
	listening map[nodeID][]chan announced // searches that want to hear of announces to us

	tablePath string
	saving    sync.Mutex

	ctx       context.Context
	stop      context.CancelFunc
	work      sync.WaitGroup
	closeOnce sync.Once
	closeErr  error
}

// New starts a node on the given sockets and joins the DHT in the background: it returns before
// anything was sent. The node works until Close; when ctx ends it stops searching and joining, and
// Close is still owed.
func New(ctx context.Context, c Config) (*Node, error) {
	n, err := newNode(ctx, c)
	if err != nil {
		return nil, err
	}
	for _, f := range n.families {
		f.open()
	}
	if len(c.Bootstrap) > 0 {
		n.work.Go(func() { n.resolveRouters(c.Bootstrap, c.Lookup) })
	}
	if n.tablePath != "" {
		n.work.Go(n.keepTable)
	}
	return n, nil
}

// newNode makes a node that does nothing yet.
func newNode(ctx context.Context, c Config) (*Node, error) {
	if c.Conn4 == nil && c.Conn6 == nil {
		return nil, errors.New("start DHT node: no socket")
	}
	n := &Node{
		log:          c.Log,
		readOnly:     c.ReadOnly,
		asking:       rate.NewLimiter(askRate, askBurst),
		answersKnown: rate.NewLimiter(answerRate, answerBurst),
		answersOther: rate.NewLimiter(answerRate, answerBurst),
		turns:        turns{free: maxSearches},
		tablePath:    c.TablePath,
	}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	n.ctx, n.stop = context.WithCancel(ctx)
	table := n.loadTable()
	if c.Conn4 != nil {
		n.families = append(n.families, newFamily(n, c.Conn4, false, table.ipv4))
	}
	if c.Conn6 != nil {
		n.families = append(n.families, newFamily(n, c.Conn6, true, table.ipv6))
	}
	return n, nil
}

// Add tells the node of another one: from a peer's PORT message or a torrent's list of nodes. It is
// asked in the background and kept if it answers.
func (n *Node) Add(addr netip.AddrPort) {
	addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
	for _, f := range n.families {
		f.meet(addr)
	}
}

// External returns our addresses as most of several networks see them (BEP 42); the zero Addr where that is
// not known.
func (n *Node) External() (v4, v6 netip.Addr) {
	s := n.Stats()
	return s.IPv4.External, s.IPv6.External
}

// SetExternal tells the node what our address is as far as others know: a tracker, a router, peers. It is
// believed until nodes say something, and is one voice among theirs then. Only an address of the internet counts.
func (n *Node) SetExternal(addr netip.Addr) {
	addr = addr.Unmap()
	if f := n.family(addr.Is6()); f != nil && public(addr) {
		f.external.suggest(addr)
		f.located()
	}
}

// Stats returns a snapshot.
func (n *Node) Stats() Stats {
	var s Stats
	for _, f := range n.families {
		if f.six {
			s.IPv6 = f.stats()
		} else {
			s.IPv4 = f.stats()
		}
	}
	return s
}

// family returns the half of the node that writes to such addresses, nil if there is none.
func (n *Node) family(six bool) *family {
	for _, f := range n.families {
		if f.six == six {
			return f
		}
	}
	return nil
}

// Close saves the routing tables and stops the node. The sockets stay open. The error is that of saving;
// searches under way return ErrClosed.
func (n *Node) Close() error {
	n.closeOnce.Do(func() {
		n.closeErr = n.saveTable()
		n.stop()
		for _, f := range n.families {
			f.stopReading()
		}
		n.work.Wait()
	})
	return n.closeErr
}
