package dht

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// population announces so many seeds and leechers of a torrent at the nodes nearest to it, each to some of them.
func population(nodes []*Node, hash nodeID, seeds, leechers int) {
	near := map[nodeID]*family{}
	var ids []contact
	for _, n := range nodes {
		f := n.families[0]
		near[f.table.self()] = f
		ids = append(ids, contact{id: f.table.self()})
	}
	all := newTable(hash)
	for i, c := range ids {
		all.heard(contact{c.id, testAddr(i+1, 6881)})
	}
	for i := range seeds + leechers {
		for k, c := range all.closest(hash, searchWidth) {
			if (i+k)%3 > 0 {
				near[c.id].peers.add(hash, testAddr(5000+i, 7000), i < seeds)
			}
		}
	}
}

func within(got, want int) bool { return 10*got >= 9*want && 10*got <= 11*want }

func TestScrape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		nodes := f.swarm(t, 40)
		for _, c := range []struct{ seeds, leechers int }{{0, 0}, {1, 0}, {3, 1}, {20, 30}, {300, 180}} {
			hash := nodeID(randomHash())
			population(nodes, hash, c.seeds, c.leechers)
			seeds, leechers, err := nodes[7].Scrape(t.Context(), hash)
			if err != nil || !within(seeds, c.seeds) || !within(leechers, c.leechers) {
				t.Errorf("%d seeds and %d leechers, %v; want %d and %d", seeds, leechers, err, c.seeds, c.leechers)
			}
		}
		// One that just came is known to nobody, so its answers would be short.
		hash := nodeID(randomHash())
		population(nodes, hash, 50, 20)
		n, _ := f.node(t, 99, Config{Bootstrap: []string{testAddr(1, 6881).String()}, ReadOnly: true})
		time.Sleep(time.Second)
		seeds, leechers, err := n.Scrape(t.Context(), hash)
		if err != nil || !within(seeds, 50) || !within(leechers, 20) {
			t.Errorf("a stranger counts %d and %d, %v; want 50 and 20", seeds, leechers, err)
		}
		closeAll(t, append(nodes, n))
	})
}

func TestSeedsAndLeechersAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		nodes := f.swarm(t, 30)
		hash := randomHash()
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		var mu sync.Mutex
		found := map[int]map[netip.AddrPort]bool{}
		for i := range 6 {
			found[i] = map[netip.AddrPort]bool{}
		}
		for i := range 6 { // the first four are seeds
			done.Go(func() {
				nodes[i].Run(ctx, Search{
					Infohash: hash, Port: func() uint16 { return 7000 }, Seed: func() bool { return i < 4 },
					Found: func(peers []netip.AddrPort) {
						mu.Lock()
						defer mu.Unlock()
						for _, p := range peers {
							found[i][p] = true
						}
					},
				})
			})
			time.Sleep(10 * time.Second)
		}
		time.Sleep(againLast)
		seeds, leechers, err := nodes[20].Scrape(ctx, hash)
		if err != nil || seeds != 4 || leechers != 2 {
			t.Errorf("%d seeds and %d leechers, %v; want 4 and 2", seeds, leechers, err)
		}
		cancel()
		done.Wait()
		mu.Lock()
		defer mu.Unlock()
		// Seeds look for leechers, leechers for all.
		seed, leecher := testAddr(2, 7000), testAddr(5, 7000)
		if found[0][seed] || !found[0][leecher] || !found[5][seed] || !found[5][leecher] {
			t.Errorf("the first seed found %v, the last leecher %v", found[0], found[5])
		}
		closeAll(t, nodes)
	})
}

func TestOneLiarDoesNotMakeACrowd(t *testing.T) {
	var full, few bloom
	for i := range full {
		full[i] = 0xff
	}
	for i := range 5 {
		few.add(testAddr(i, 0).Addr())
	}
	c := census{said: []said{{&few, &bloom{}}, {&full, &full}, {&few, &bloom{}}, {&bloom{}, &few}}}
	for i := range 3 {
		c.values = append(c.values, testAddr(i+4, 0).Addr()) // one of them is a known seed
	}
	if seeds, leechers := c.count(); seeds != 5 || leechers != 7 {
		t.Errorf("%d seeds and %d leechers, want 5 and 7", seeds, leechers)
	}
}

func TestScrapeEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		n, _ := f.node(t, 1, Config{})
		if _, _, err := n.Scrape(t.Context(), randomHash()); !errors.Is(err, ErrNoAnswer) {
			t.Errorf("alone: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := n.Scrape(ctx, randomHash()); err != context.Canceled {
			t.Errorf("with a context that ended: %v", err)
		}
		n.Close()
		if _, _, err := n.Scrape(t.Context(), randomHash()); err != ErrClosed {
			t.Errorf("of a closed node: %v", err)
		}
	})
}
