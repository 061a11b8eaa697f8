package dht

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync"

	"golang.org/x/time/rate"
)

// Bounds of the whole node.
const (
	sendRate  = 500 // packets a second, of all kinds and both families
	sendBurst = 500 // so that a search's first steps and many answers are not held up

	maxSearches = 6 // rounds of different infohashes under way at once; others queue
)

// Node is the program's DHT node. Its methods may be called from any goroutine.
type Node struct {
	log      *slog.Logger
	families []*family // those that have a socket
	send     *rate.Limiter
	turns    chan struct{} // one token for each search under way
	news     broadcast     // a node answered while there were few

	mu        sync.Mutex
	listening map[nodeID][]chan netip.AddrPort // searches that want to hear of announces to us

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
	if c.Conn4 == nil && c.Conn6 == nil {
		return nil, errors.New("start DHT node: no socket")
	}
	n := &Node{
		log:       c.Log,
		send:      rate.NewLimiter(sendRate, sendBurst),
		turns:     make(chan struct{}, maxSearches),
		tablePath: c.TablePath,
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
	for _, f := range n.families {
		if err := f.start(); err != nil {
			n.Close()
			return nil, err
		}
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

// Add tells the node of another one: from a peer's PORT message or a torrent's list of nodes. It is
// asked in the background and kept if it answers.
func (n *Node) Add(addr netip.AddrPort) {
	addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
	for _, f := range n.families {
		f.meet(addr)
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

// Close saves the routing tables and stops the node, which takes a second at most: the library waits for
// the answers to its last queries. The sockets stay open. The error is that of saving; searches under way return ErrClosed.
func (n *Node) Close() error {
	n.closeOnce.Do(func() {
		n.closeErr = n.saveTable()
		n.stop()
		for _, f := range n.families {
			f.close()
		}
		n.work.Wait()
	})
	return n.closeErr
}

// broadcast wakes all who wait.
type broadcast struct {
	mu sync.Mutex
	ch chan struct{}
}

// wait returns a channel that the next fire closes.
func (b *broadcast) wait() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch == nil {
		b.ch = make(chan struct{})
	}
	return b.ch
}

func (b *broadcast) fire() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ch != nil {
		close(b.ch)
		b.ch = nil
	}
}
