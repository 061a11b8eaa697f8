package dht

import (
	"context"
	"maps"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	maxMeeting    = 512 // nodes heard of that wait to be asked; more are forgotten
	meetRate      = 20  // of them asked in a second
	meetBurst     = 64
	meetAtOnce    = 32
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
		if f.few() {
			again = metAgainFew
		}
		if _, ok := f.table.known(addr); ok || f.met.lately(addr, again) {
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
			f.askForNodes(ctx, addr, queryTries)
		})
	}
}

// askForNodes asks a node for others near ourselves, while we have few, else only whether it is there.
func (f *family) askForNodes(ctx context.Context, addr netip.AddrPort, tries int) {
	q := packet{method: "ping"}
	if good, _ := f.table.count(); good < 2*fewNodes {
		q = f.want(packet{method: "find_node", target: f.table.self(), targeted: true})
	}
	if f.node.asking.Wait(ctx) != nil {
		return
	}
	r, err := f.send(ctx, addr, q, tries)
	if err != nil {
		return
	}
	f.spread(addr, r)
	if good, _ := f.table.count(); good < 2*fewNodes {
		for _, c := range r.named(f.six, addr.Addr()) {
			if f.table.room(c) {
				f.meet(c.addr)
			}
		}
	}
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
