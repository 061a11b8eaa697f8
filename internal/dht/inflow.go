package dht

import (
	"net/netip"
	"sync"
	"time"
)

const (
	maxKnownInflow = 60   // queries a second that one host gets answers to while it is in the routing table,
	maxInflow      = 20   // and while it is not
	maxSenders     = 2048 // hosts that are told apart within a second; the rest share one allowance
)

// inflow limits the queries taken from one host. On private networks and loopback every port counts as
// a host of its own. The zero value is ready for use.
type inflow struct {
	mu    sync.Mutex
	since time.Time
	count map[netip.AddrPort]int
}

// allow reports whether one more query from an address is to be answered in this second.
func (l *inflow) allow(from netip.AddrPort, limit int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.since) >= time.Second {
		l.since, l.count = time.Now(), map[netip.AddrPort]int{}
	}
	if public(from.Addr()) {
		from = netip.AddrPortFrom(from.Addr(), 0)
	}
	if _, ok := l.count[from]; !ok && len(l.count) >= maxSenders {
		from = netip.AddrPort{}
	}
	l.count[from]++
	return l.count[from] <= limit
}
