package dht

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
)

// ErrClosed is what Run and Scrape return once the node was closed.
var ErrClosed = errors.New("the DHT node is closed")

// Config is what a node is made of.
type Config struct {
	// Conn4 and Conn6 are the UDP sockets of each family; nil where there is none. The node reads them
	// until Close and leaves them open: whoever opened them closes them. SetReadDeadline must work.
	Conn4, Conn6 net.PacketConn

	// Bootstrap lists nodes to join through, host:port. Only these are used; empty means that the node
	// joins through its saved table and through what it hears of, or waits to be asked.
	Bootstrap []string

	// TablePath is the file that keeps the routing tables between runs; "" keeps nothing.
	TablePath string

	// ReadOnly says that this node is not to be asked anything (BEP 43): on a metered line, say. Without it
	// the node finds out whether it can be reached.
	ReadOnly bool

	// Lookup resolves the names in Bootstrap; nil is the system's resolver.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)

	Log *slog.Logger // nil discards
}

// DefaultBootstrap returns the well-known routers of the public DHT, host:port, for Config.Bootstrap.
func DefaultBootstrap() []string {
	return []string{
		"router.bittorrent.com:6881",
		"router.utorrent.com:6881",
		"dht.transmissionbt.com:6881",
		"dht.libtorrent.org:25401",
	}
}

// Stats is a snapshot of a node.
type Stats struct {
	IPv4, IPv6 FamilyStats
}

// FamilyStats is the part of one address family.
type FamilyStats struct {
	Good     int        // nodes that answered lately
	Nodes    int        // nodes in the routing table
	Stored   int        // peers kept for others
	External netip.Addr // our address as others see it; invalid until enough of them agree
	ReadOnly bool       // nobody is to ask us, since nobody reaches us (BEP 43)
}
