package dht

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// swarm starts nodes one after the other, each joining through the first, and waits for them to settle.
func (f *fabric) swarm(t *testing.T, count int) []*Node {
	t.Helper()
	var nodes []*Node
	var join []string
	for i := range count {
		n, addr := f.node(t, i+1, Config{Bootstrap: join})
		if i == 0 {
			join = []string{addr.String()}
		}
		nodes = append(nodes, n)
		time.Sleep(100 * time.Millisecond)
	}
	time.Sleep(time.Minute)
	return nodes
}

// closeTime is how long Close may take: no longer than the library waits for an answer.
const closeTime = resendTime + resendTime/2

func closeAll(t *testing.T, nodes []*Node) {
	t.Helper()
	for _, n := range nodes {
		began := time.Now()
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > closeTime {
			t.Errorf("Close took %v", took)
		}
	}
}

// announceOnce lets a node announce, gives it time for one search, and ends it.
func announceOnce(t *testing.T, n *Node, hash [20]byte, port uint16) {
	t.Helper()
	announceWithin(t, n, hash, port, 5*time.Second)
}

func announceWithin(t *testing.T, n *Node, hash [20]byte, port uint16, limit time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	runFor(ctx, n, hash, port, true, func([]netip.AddrPort) {})
}

// find returns how long a node took to find a peer; false if it took longer than patience.
func find(t *testing.T, n *Node, hash [20]byte, want netip.AddrPort) (time.Duration, bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	began, took, ok := time.Now(), time.Duration(0), false
	runFor(ctx, n, hash, 0, false, func(batch []netip.AddrPort) {
		for _, p := range batch {
			if p == want && !ok {
				took, ok = time.Since(began), true
				cancel()
			}
		}
	})
	return took, ok
}

func testAddr(number int, port uint16) netip.AddrPort {
	ip := [4]byte{byte(11 + number%80), byte(number / 80), byte(number / 80 / 256), 1}
	return netip.AddrPortFrom(netip.AddrFrom4(ip), port)
}

func TestManyNodesFindEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		nodes := f.swarm(t, 50)
		for i := range 20 {
			hash, seeder, getter := randomHash(), i, 49-i
			announceOnce(t, nodes[seeder], hash, 7000)
			if took, ok := find(t, nodes[getter], hash, testAddr(seeder+1, 7000)); !ok || took > time.Second {
				t.Errorf("node %d: found %v after %v", getter, ok, took)
			}
		}
		if s := nodes[0].Stats().IPv4; s.Good < 20 || s.Good != s.Nodes || s.External != testAddr(1, 0).Addr() {
			t.Errorf("stats are %+v", s)
		}
		closeAll(t, nodes)
	})
}

func TestFindAmongDeadNodesOnALossyNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		nodes := f.swarm(t, 45)
		f.lose(0.1)
		closeAll(t, nodes[20:40])
		var slowest time.Duration
		missed := 0
		for i := range 20 {
			hash, seeder, getter := randomHash(), i, 40+i%5
			announceOnce(t, nodes[seeder], hash, 7000)
			took, ok := find(t, nodes[getter], hash, testAddr(seeder+1, 7000))
			slowest = max(slowest, took)
			if !ok {
				missed++
			}
		}
		if missed > 0 || slowest > 10*time.Second {
			t.Errorf("%d of 20 not found, the slowest took %v", missed, slowest)
		}
		t.Log("slowest", slowest)
		closeAll(t, nodes)
	})
}

func TestSilentNodesLeaveTheTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		nodes := f.swarm(t, 12)
		before := nodes[0].Stats().IPv4
		closeAll(t, nodes[6:])
		time.Sleep(25 * time.Minute)
		after := nodes[0].Stats().IPv4
		if before.Good != 11 || after.Good != 5 {
			t.Errorf("good nodes: %d, then %d; want 11, then 5", before.Good, after.Good)
		}
		closeAll(t, nodes)
	})
}

func TestIdleNodesAreQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		nodes := f.swarm(t, 25)
		addr := testAddr(1, 6881)
		before := f.packets(addr)
		time.Sleep(20 * time.Minute)
		rate := float64(f.packets(addr)-before) / 1200
		t.Logf("%.2f packets a second", rate)
		if rate > 3 {
			t.Errorf("an idle node sends %.1f packets a second", rate)
		}
		closeAll(t, nodes)
	})
}
