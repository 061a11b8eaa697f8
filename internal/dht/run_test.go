package dht

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// searches notes when a node began a search: when its first get_peers of a round went to one address.
func (f *fabric) searches(from, to netip.AddrPort) func() []time.Duration {
	began := time.Now()
	var at []time.Duration
	f.observe(func(b []byte, src, dst netip.AddrPort) {
		if src == from && dst == to && strings.Contains(string(b), "1:q9:get_peers") {
			at = append(at, time.Since(began).Round(100*time.Millisecond))
		}
	})
	return func() []time.Duration {
		f.mu.Lock()
		defer f.mu.Unlock()
		return slices.Clone(at)
	}
}

func TestSearchesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		nodes := f.swarm(t, 12)
		n, seeder := nodes[11], nodes[5]
		searches := f.searches(testAddr(12, 6881), testAddr(1, 6881))
		hash := randomHash()
		var seeding atomic.Bool
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() {
			n.Run(ctx, Search{
				Infohash: hash, Seed: seeding.Load, Found: func([]netip.AddrPort) {},
				Port: func() uint16 { return 7000 },
			})
		})

		// Nobody is found: 1, 2, 4 s and so on up to a few minutes, with some jitter.
		time.Sleep(10 * time.Minute)
		got := searches()
		for i := 1; i < len(got); i++ {
			want := min(soonFirst<<(i-1), soonLast)
			if gap := got[i] - got[i-1]; gap < want || gap > want+want/8+3*time.Second {
				t.Errorf("search %d came after %v, want about %v", i, gap, want)
			}
		}
		if len(got) < 9 || got[0] > time.Second {
			t.Errorf("searches at %v", got)
		}

		// Somebody is found, or nobody looks for us: every 8 to 16 minutes.
		often := func(what string) {
			time.Sleep(2 * soonLast)
			before := len(searches())
			time.Sleep(2 * time.Hour)
			if n := len(searches()) - before; n < 7 || n > 16 {
				t.Errorf("%s: %d searches in two hours", what, n)
			}
		}
		again, stop := context.WithCancel(ctx)
		done.Go(func() { runFor(again, seeder, hash, 7001, true, func([]netip.AddrPort) {}) })
		often("with a peer")
		stop()
		seeding.Store(true)
		time.Sleep(storeTime + againLast)
		often("as a seed")
		cancel()
		done.Wait()
		closeAll(t, nodes)
	})
}

func TestAnnouncesLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		nodes := f.swarm(t, 6)
		hash := randomHash()
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		for i, n := range nodes[:2] {
			done.Go(func() { runFor(ctx, n, hash, uint16(7000+i), true, func([]netip.AddrPort) {}) })
		}
		for range 5 {
			time.Sleep(15 * time.Minute)
			if _, ok := find(t, nodes[5], hash, testAddr(2, 7001)); !ok {
				t.Error("a peer that still runs is not found")
			}
		}
		cancel()
		done.Wait()
		time.Sleep(storeTime)
		ctx, cancel = context.WithTimeout(t.Context(), patience)
		runFor(ctx, nodes[5], hash, 0, false, func(p []netip.AddrPort) { t.Errorf("found %v long after they ended", p) })
		cancel()
		closeAll(t, nodes)
	})
}

func TestNewsOfNodesBringsASearch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		seeder, seed := f.node(t, 1, Config{})
		getter, _ := f.node(t, 2, Config{})
		hash := randomHash()
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() { runFor(ctx, seeder, hash, 7000, true, func([]netip.AddrPort) {}) })
		time.Sleep(10 * time.Minute) // all waits have grown long
		found, once := make(chan struct{}), sync.Once{}
		done.Go(func() {
			runFor(ctx, getter, hash, 7001, true, func(p []netip.AddrPort) {
				if slices.Contains(p, testAddr(1, 7000)) {
					once.Do(func() { close(found) })
				}
			})
		})
		time.Sleep(20 * time.Second)
		began := time.Now()
		getter.Add(seed) // as a PORT message would
		<-found
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("found after %v", took)
		}
		cancel()
		done.Wait()
		closeAll(t, []*Node{seeder, getter})
	})
}

func TestOwnAnnounceIsNotAPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		nodes := f.swarm(t, 10)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		runFor(ctx, nodes[3], randomHash(), 7000, true, func(p []netip.AddrPort) { t.Errorf("found ourselves: %v", p) })
		closeAll(t, nodes)
	})
}

func TestRunWithoutAnnounceTellsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		nodes := f.swarm(t, 10)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		runFor(ctx, nodes[3], randomHash(), 7000, false, func([]netip.AddrPort) {})
		for i, n := range nodes {
			if got := n.Stats().IPv4.Stored; got != 0 {
				t.Errorf("node %d was told", i)
			}
		}
		closeAll(t, nodes)
	})
}

func TestPeersOfOneSearchAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		nodes := f.swarm(t, 30)
		hash := randomHash()
		for k, n := range nodes {
			for i := range storeHashPeers {
				n.families[0].peers.add(hash, testAddr(1000+k*storeHashPeers+i, 7000), false)
			}
		}
		var batches, peers int
		r := nodes[7].families[0].lookup(t.Context(), hash, 0, false, func(p []netip.AddrPort) { batches++; peers += len(p) })
		if peers != maxPeers && peers < storeHashPeers || peers > maxPeers || batches < 3 || r.peers != peers {
			t.Errorf("%d peers in %d batches, result %+v", peers, batches, r)
		}
		closeAll(t, nodes)
	})
}

func TestManyTorrentsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		nodes := f.swarm(t, 20)
		n, addr := nodes[19], testAddr(20, 6881)
		before := f.packets(addr)
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		for range 100 {
			hash := randomHash()
			done.Go(func() { runFor(ctx, n, hash, 7000, true, func([]netip.AddrPort) {}) })
		}
		time.Sleep(100 * time.Millisecond)
		if burst := f.packets(addr) - before; burst > maxSearches*searchAsked {
			t.Errorf("%d packets within a tenth of a second", burst)
		}
		time.Sleep(20 * time.Second)
		stored := 0
		for _, m := range nodes {
			stored = max(stored, m.Stats().IPv4.Stored)
		}
		if stored < 30 {
			t.Errorf("after 20 s nobody knows of more than %d of the 100 torrents", stored)
		}
		cancel()
		done.Wait()
		closeAll(t, nodes)
	})
}

func TestRunEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		n, _ := f.node(t, 1, Config{Bootstrap: []string{"11.0.0.9:1"}})
		cause := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(1500*time.Millisecond, func() { cancel(cause) })
		began := time.Now()
		if err := runFor(ctx, n, randomHash(), 1, true, func([]netip.AddrPort) {}); err != context.Canceled || time.Since(began) > 1600*time.Millisecond {
			t.Errorf("Run gives %v after %v", err, time.Since(began))
		}
		time.AfterFunc(1500*time.Millisecond, func() { n.Close() })
		if err := runFor(t.Context(), n, randomHash(), 1, true, func([]netip.AddrPort) {}); err != ErrClosed {
			t.Errorf("Run gives %v after Close", err)
		}
		if err := runFor(t.Context(), n, randomHash(), 1, true, func([]netip.AddrPort) {}); err != ErrClosed {
			t.Errorf("Run of a closed node gives %v", err)
		}
		n.Close()
	})
}
