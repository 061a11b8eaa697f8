package dht

import (
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// TestBootstrapFromAnOldTable starts from a saved table whose nodes are gone but for a few, with no other place
// to join at, and measures when the table is fair and a peer is found.
func TestBootstrapFromAnOldTable(t *testing.T) {
	for _, alive := range []int{30, 6, 2} {
		synctest.Test(t, func(t *testing.T) {
			f := newFabric()
			nodes := f.swarm(t, 44)
			hash := randomHash()
			announceOnce(t, nodes[3], hash, 7000)

			var saved savedTable
			for i := range maxSavedNodes {
				c := contact{nodeID(randomHash()), testAddr(1000+i, 6881)}
				if i < alive {
					c = contact{nodes[10+i].families[0].table.self(), testAddr(11+i, 6881)}
				}
				saved.ipv4.nodes = append(saved.ipv4.nodes, c)
			}
			rand.Shuffle(maxSavedNodes, func(i, j int) {
				ns := saved.ipv4.nodes
				ns[i], ns[j] = ns[j], ns[i]
			})
			path := filepath.Join(t.TempDir(), "table")
			if err := writeFile(path, saved.encode()); err != nil {
				t.Fatal(err)
			}

			began := time.Now()
			n, addr := f.node(t, 500, Config{TablePath: path})
			took, ok := find(t, n, hash, testAddr(4, 7000))
			t.Logf("%d of %d alive: found after %v", alive, maxSavedNodes, took)
			if !ok || took > 5*time.Second {
				t.Errorf("%d of %d alive: found %v after %v", alive, maxSavedNodes, ok, took)
			}
			time.Sleep(time.Until(began.Add(5 * time.Second)))
			if s := n.Stats().IPv4; s.Good < 2*fewNodes {
				t.Errorf("%d of %d alive: stats after 5 s are %+v", alive, maxSavedNodes, s)
			}
			if got := f.packets(addr); got > 600 {
				t.Errorf("%d of %d alive: it took %d packets", alive, maxSavedNodes, got)
			}
			closeAll(t, append(nodes, n))
		})
	}
}

// TestOutageForgetsNobody cuts the network for an hour.
func TestOutageForgetsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		nodes := f.swarm(t, 18)
		before := nodes[4].Stats().IPv4
		f.lose(1)
		find(t, nodes[4], randomHash(), netip.AddrPort{})
		time.Sleep(time.Hour)
		during := nodes[4].Stats().IPv4
		f.lose(0)
		time.Sleep(2 * retryLast)
		after := nodes[4].Stats().IPv4
		if during.Good > 0 || during.Nodes < before.Nodes || after.Good < 2*fewNodes {
			t.Errorf("before %+v, during %+v, after %+v", before, during, after)
		}
		closeAll(t, nodes)
	})
}
