package dht

import (
	"context"
	"maps"
	"net/netip"
	"sync"
	"time"

	"github.com/anacrolix/dht/v2/krpc"
	"golang.org/x/time/rate"
)

const (
	maxMeeting    = 512 // nodes heard of that wait to be asked; more are forgotten
	meetRate      = 20  // of them asked in a second
	meetBurst     = 64
	meetAtOnce    = 16
	newcomerRate  = 2 // nodes met in a second because they asked us something, once the table is fair
	newcomerBurst = 10

	// A node that did not get into the table (it was silent, or there was no room) is not asked again so
	// soon: two that each had no room for the other would else greet each other for ever.
	metAgain    = 10 * time.Minute
	metAgainFew = retryFirst // while few nodes are known
	maxMet      = 4096
)

// meet queues a node to be asked whether it is there.
func (f *family) meet(addr netip.AddrPort) {
	if !dialable(addr, f.six) {
		return
	}
	select {
	case f.meeting <- addr:
	default:
	}
}

// meetNodes asks the nodes in the queue, a bounded number a second. While few nodes are known it asks
// them for nodes near ourselves and goes on with those, which is how a node joins (BEP 5).
func (f *family) meetNodes() {
	ctx := f.node.ctx
	pace := rate.NewLimiter(meetRate, meetBurst)
	turns := make(chan struct{}, meetAtOnce)
	var busy sync.WaitGroup
	defer busy.Wait()
	for {
		var addr netip.AddrPort
		select {
		case addr = <-f.meeting:
		case <-ctx.Done():
			return
		}
		again := metAgain
		if len(f.nodes()) < fewNodes {
			again = metAgainFew
		}
		if _, ok := f.known(addr); ok || f.met.lately(addr, again) {
			continue
		}
		if pace.Wait(ctx) != nil {
			return
		}
		select {
		case turns <- struct{}{}:
		case <-ctx.Done():
			return
		}
		busy.Go(func() {
			defer func() { <-turns }()
			f.askForNodes(ctx, addr)
		})
	}
}

func (f *family) askForNodes(ctx context.Context, addr netip.AddrPort) {
	if len(f.nodes()) >= 2*fewNodes {
		_, _ = f.query(ctx, addr, "ping", krpc.MsgArgs{}) // whether it answers shows in the table
		return
	}
	other := f.node.family(!f.six)
	both := other != nil && len(other.nodes()) < fewNodes
	r, err := f.query(ctx, addr, "find_node", krpc.MsgArgs{Target: krpc.ID(f.id), Want: f.wants(both)})
	if err != nil {
		return
	}
	f.spread(addr, r)
	if len(f.nodes()) < 2*fewNodes {
		for _, c := range contacts(r, f.six) {
			if c.id != f.id && credible(addr.Addr(), c.addr.Addr()) {
				f.meet(c.addr)
			}
		}
	}
}

// spread hands the other family the nodes of its kind that a response names, while it has few.
func (f *family) spread(from netip.AddrPort, r *krpc.Return) {
	other := f.node.family(!f.six)
	if other == nil || len(other.nodes()) >= fewNodes {
		return
	}
	for _, c := range contacts(r, other.six) {
		if credible(from.Addr(), c.addr.Addr()) {
			other.meet(c.addr)
		}
	}
}

// contacts are the nodes of a family that a response names. The filter has bounded and checked them.
func contacts(r *krpc.Return, six bool) []contact {
	infos := []krpc.NodeInfo(r.Nodes)
	if six {
		infos = r.Nodes6
	}
	out := make([]contact, 0, len(infos))
	for _, info := range infos {
		if ip, ok := netip.AddrFromSlice(info.Addr.IP); ok {
			out = append(out, contact{nodeID(info.ID), netip.AddrPortFrom(ip, uint16(info.Addr.Port))})
		}
	}
	return out
}

// met remembers which nodes were asked when. The zero value is ready for use.
type met struct {
	mu sync.Mutex
	at map[netip.AddrPort]time.Time
}

// lately reports whether a node was asked within d, and if it was not, notes that it is asked now.
func (m *met) lately(addr netip.AddrPort, d time.Duration) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t, ok := m.at[addr]; ok && time.Since(t) < d {
		return true
	}
	if len(m.at) >= maxMet {
		maps.DeleteFunc(m.at, func(_ netip.AddrPort, t time.Time) bool { return time.Since(t) >= metAgain })
	}
	if m.at == nil || len(m.at) >= maxMet {
		m.at = map[netip.AddrPort]time.Time{}
	}
	m.at[addr] = time.Now()
	return false
}
