package swarm

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/shoal-project/shoal/internal/peer"
)

// maxCandidates bounds the addresses that are known of a torrent (design).
const maxCandidates = 3000

// Waiting times before an address is tried again.
const (
	firstRetry = time.Second
	lastRetry  = 10 * time.Minute
	afterGood  = 10 * time.Second // after a connection that worked and ended
)

// candidate is an address that may be a peer.
type candidate struct {
	addr   netip.AddrPort
	source string
	busy   bool // connected, or being connected
	seed   bool // it wanted nothing when it was last seen, or heard of
	hungUp bool // the last time, it ended the connection before the handshakes were done
	fails  int
	next   time.Time

	relays  []netip.AddrPort // connections of peers that told of it
	punched time.Time        // when one of them was last asked to bring us together
}

// candidates are the addresses known of a torrent, and those that are banned. It lies under the
// torrent's lock.
type candidates struct {
	rand  *rand.Rand
	byKey map[netip.AddrPort]*candidate
	order []*candidate // for a fair walk
	next  int
	bans  map[netip.Addr]bool
}

func (c *candidates) init(r *rand.Rand) {
	c.rand = r
	c.byKey = make(map[netip.AddrPort]*candidate)
	c.bans = make(map[netip.Addr]bool)
}

// add takes an address in; it reports whether it is new. Where there are too many, one that failed
// gives way, or the new one is passed over.
func (c *candidates) add(addr netip.AddrPort, source string) bool {
	addr = netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
	if !addr.IsValid() || addr.Port() == 0 || addr.Addr().IsUnspecified() || addr.Addr().IsMulticast() || c.bans[addr.Addr()] {
		return false
	}
	if known := c.byKey[addr]; known != nil {
		return false
	}
	if len(c.order) >= maxCandidates && !c.makeRoom() {
		return false
	}
	n := &candidate{addr: addr, source: source}
	c.byKey[addr] = n
	c.order = append(c.order, n)
	return true
}

// exchanged notes what a peer told of an address that is known already (BEP 11). It is told once only, often while the
// address is being dialled for the first time.
func (c *candidates) exchanged(addr, by netip.AddrPort, flags byte) {
	x := c.byKey[netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())]
	if x == nil {
		return
	}
	x.seed = x.seed || flags&peer.PEXSeed != 0
	if !slices.Contains(x.relays, by) {
		x.relays = append(x.relays[max(0, len(x.relays)-maxRelays+1):], by)
	}
}

// makeRoom throws out an address that failed.
func (c *candidates) makeRoom() bool {
	for range 16 {
		if x := c.order[c.rand.IntN(len(c.order))]; !x.busy && x.fails > 0 {
			c.forget(x.addr)
			return true
		}
	}
	return false
}

// forget drops an address.
func (c *candidates) forget(addr netip.AddrPort) {
	x := c.byKey[addr]
	if x == nil {
		return
	}
	delete(c.byKey, addr)
	for i := range c.order {
		if c.order[i] == x {
			last := len(c.order) - 1
			c.order[i] = c.order[last]
			c.order = c.order[:last]
			return
		}
	}
}

// compared is how many addresses that are due are held against each other.
const compared = 8

// pick chooses an address to connect to and marks it busy; nil if none is due. Of the next few that are due it is the one that
// failed least often, and of those the one that ranks highest. Who seeds has no use for other seeds.
func (c *candidates) pick(now time.Time, seeding bool, rank func(netip.AddrPort) uint32) *candidate {
	var best *candidate
	seen := 0
	for n := range c.order {
		i := (c.next + 1 + n) % len(c.order)
		x := c.order[i]
		if x.busy || x.next.After(now) || seeding && x.seed {
			continue
		}
		if best == nil || x.fails < best.fails || x.fails == best.fails && rank(x.addr) > rank(best.addr) {
			best = x
		}
		if seen++; seen == compared {
			break
		}
	}
	if best != nil {
		best.busy = true
		c.next = (c.next + 1) % len(c.order)
	}
	return best
}

// failed says that the address did not answer, or did not want us.
func (c *candidates) failed(x *candidate, now time.Time) {
	x.busy = false
	x.fails++
	wait := min(firstRetry<<min(x.fails-1, 20), lastRetry)
	x.next = now.Add(wait + time.Duration(c.rand.Int64N(int64(wait)/4+1)))
}

// connected says that the peer that listens at addr has connected to us: it need not be dialled.
func (c *candidates) connected(addr netip.AddrPort) {
	c.add(addr, "incoming")
	if x := c.byKey[addr]; x != nil {
		x.busy = true
	}
}

// left says that a peer has gone.
func (c *candidates) left(p *Peer) {
	x := c.byKey[p.listens]
	if x == nil {
		return
	}
	x.busy, x.seed = false, p.wantsNothing()
	if p.conn.Received() == 0 { // it did not want us, perhaps because it was not ready
		c.failed(x, time.Now())
		return
	}
	x.fails, x.hungUp = 0, false
	x.next = time.Now().Add(afterGood)
}

// ban refuses an address from now on.
func (c *candidates) ban(a netip.Addr) { c.bans[a] = true }

func (c *candidates) banned(a netip.Addr) bool { return c.bans[a] }

// countHungUp is how many addresses answered the last call only to end it.
func (c *candidates) countHungUp() (n int) {
	for _, x := range c.order {
		if x.hungUp {
			n++
		}
	}
	return n
}
