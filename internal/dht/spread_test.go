package dht

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// rates counts the queries that a node sends in each second.
func (f *fabric) rates(of netip.AddrPort) func() []int {
	began := time.Now()
	var mu sync.Mutex
	var seconds []int
	f.observe(func(b []byte, from, _ netip.AddrPort) {
		mu.Lock()
		defer mu.Unlock()
		if p, _ := parsePacket(b); from == of && p.kind == 'q' {
			now := int(time.Since(began) / time.Second)
			for len(seconds) <= now {
				seconds = append(seconds, 0)
			}
			seconds[now]++
		}
	})
	return func() []int {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(seconds)
	}
}

func sum(ns []int) (s int) {
	for _, n := range ns {
		s += n
	}
	return s
}

// TestManyTorrentsAreSpreadOut has one node with 500 torrents, most of them seeds that nobody asks for.
func TestManyTorrentsAreSpreadOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		nodes := f.swarm(t, 24)
		n, addr := nodes[23], testAddr(24, 6881)
		rates := f.rates(addr)
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		hashes := make([][20]byte, 500)
		for i := range hashes {
			hashes[i] = randomHash()
			done.Go(func() {
				n.Run(ctx, Search{
					Infohash: hashes[i], Port: func() uint16 { return 7000 },
					Seed: func() bool { return i%10 > 0 }, Found: func([]netip.AddrPort) {},
				})
			})
		}

		// Whoever asks for a torrent now need not wait for the 500.
		time.Sleep(5 * time.Second)
		wanted := randomHash()
		announceOnce(t, nodes[5], wanted, 7001)
		if took, ok := find(t, n, wanted, testAddr(6, 7001)); !ok || took > 5*time.Second {
			t.Errorf("a search among 500 announces: %v after %v", ok, took)
		}

		time.Sleep(10 * time.Minute)
		known := 0
		for _, h := range hashes {
			if slices.ContainsFunc(nodes, func(m *Node) bool {
				return slices.Contains(m.families[0].peers.get(h, 10, false), at(addr, 7000))
			}) {
				known++
			}
		}
		if known < len(hashes) {
			t.Errorf("after 10 minutes %d of %d torrents are known", known, len(hashes))
		}
		start := rates()
		time.Sleep(15 * time.Minute)
		all := rates()
		later := all[len(start):]
		t.Logf("at first %d queries a second at most; later %d at most, %.1f on average",
			slices.Max(start), slices.Max(later), float64(sum(later))/float64(len(later)))
		if slices.Max(all) > askRate+askBurst {
			t.Errorf("%d queries within a second", slices.Max(all))
		}
		if average := float64(sum(later)) / float64(len(later)); average > 50 {
			t.Errorf("%.1f queries a second on average", average)
		}
		cancel()
		done.Wait()
		closeAll(t, nodes)
	})
}
