package dht

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestFloodFromForgedAddresses sends a node 1500 queries a second, each from another address.
func TestFloodFromForgedAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		nodes := f.swarm(t, 30)
		n, addr := nodes[4], testAddr(5, 6881)
		hash := randomHash()
		announceOnce(t, nodes[9], hash, 7000)
		before := n.Stats().IPv4

		var stop atomic.Bool
		go func() {
			id := randomHash()
			q := packet{kind: 'q', tid: []byte("xx"), method: "get_peers", signed: true, sender: id, targeted: true, target: id}
			for i := 0; !stop.Load(); i++ {
				rand.Shuffle(20, func(a, b int) { q.sender[a], q.sender[b] = q.sender[b], q.sender[a] })
				f.inject(q.append(nil), testAddr(100_000+i%300_000, 6881), addr)
				if i%15 == 14 {
					time.Sleep(10 * time.Millisecond)
				}
			}
		}()
		time.Sleep(2 * time.Second)
		sent, began := f.packets(addr), time.Now()
		if took, ok := find(t, n, hash, testAddr(10, 7000)); !ok || took > 2*time.Second {
			t.Errorf("the flooded node finds a peer: %v after %v", ok, took)
		}
		hash = randomHash()
		announceOnce(t, n, hash, 7001) // takes 5 s
		if took, ok := find(t, nodes[17], hash, at(addr, 7001)); !ok || took > 2*time.Second {
			t.Errorf("what the flooded node announces is found: %v after %v", ok, took)
		}
		friend := nodes[slices.IndexFunc(nodes, func(m *Node) bool {
			_, ok := n.families[0].table.known(addrPort(m.families[0].conn.LocalAddr()))
			return ok
		})]
		answers := 0
		for range 50 { // nodes of its table are served all the same
			r, err := friend.families[0].query(t.Context(), addr, packet{method: "ping"})
			if err == nil && r.kind == 'r' {
				answers++
			}
			time.Sleep(20 * time.Millisecond)
		}
		if answers < 45 {
			t.Errorf("a node of its table gets %d answers to 50 queries", answers)
		}
		time.Sleep(10 * time.Second)
		if rate := float64(f.packets(addr)-sent) / time.Since(began).Seconds(); rate > answerRate+askRate/2 {
			t.Errorf("it sends %.0f packets a second", rate)
		}
		if after := n.Stats().IPv4; after.Good < before.Good || after.Nodes > before.Nodes+5 {
			t.Errorf("stats before %+v, during the flood %+v", before, after)
		}
		stop.Store(true)
		time.Sleep(time.Second)
		closeAll(t, nodes)
	})
}

// TestForgedResponses answers each query of a node from the wrong address, or with the wrong transaction id, before
// the right answer comes.
func TestForgedResponses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		f.delay = 50 * time.Millisecond
		boot, addr := f.node(t, 1, Config{})
		var forged int
		evil, false4 := nodeID(randomHash()), netip.MustParseAddr("66.6.6.6")
		f.observe(func(b []byte, from, to netip.AddrPort) {
			q, _ := parsePacket(b)
			if from != testAddr(2, 6881) || q.kind != 'q' {
				return
			}
			n := f.sockets[from]
			r := packet{kind: 'r', sender: evil, observed: netip.AddrPortFrom(false4, 1), values: []netip.AddrPort{testAddr(99, 99)}}
			deliver := func(tid []byte, from netip.AddrPort) {
				r.tid = tid
				n.in <- datagram{r.append(nil), from}
				forged++
			}
			deliver(q.tid, testAddr(77, 6881))                         // the right id from another host
			deliver(q.tid, netip.AddrPortFrom(to.Addr(), to.Port()+1)) // or port
			for range 50 {                                             // the right address and a guess
				tid := slices.Clone(q.tid)
				binary.BigEndian.PutUint32(tid, rand.Uint32())
				deliver(tid, to)
			}
			deliver(q.tid[:3], to)
			deliver(append(slices.Clone(q.tid), 0), to)
		})
		n, _ := f.node(t, 2, Config{Bootstrap: []string{addr.String(), testAddr(50, 6881).String()}})
		find(t, n, randomHash(), testAddr(99, 99))
		if _, ok := find(t, n, randomHash(), testAddr(99, 99)); ok {
			t.Error("a peer out of a forged response is reported")
		}
		f.observe(nil)
		if s := n.Stats().IPv4; s.Nodes != 1 || s.External == false4 || forged < 100 {
			t.Errorf("after %d forged responses stats are %+v", forged, s)
		}
		if id, ok := n.families[0].table.known(addr); !ok || id == evil {
			t.Errorf("the honest node is in the table as %x, %v", id, ok)
		}
		closeAll(t, []*Node{n, boot})
	})
}

// TestTransactionIDsAreNotGuessed checks that they do not follow one another.
func TestTransactionIDsAreNotGuessed(t *testing.T) {
	var x exchange
	seen, rising := map[[tidSize]byte]bool{}, 0
	var last [tidSize]byte
	for range 1000 {
		tid, _ := x.begin(testAddr(1, 1))
		if seen[tid] {
			t.Error("an id is used twice at once")
		}
		if binary.BigEndian.Uint32(tid[:]) > binary.BigEndian.Uint32(last[:]) {
			rising++
		}
		seen[tid], last = true, tid
	}
	if rising < 400 || rising > 600 {
		t.Errorf("%d of 1000 ids are greater than the one before", rising)
	}
	for tid := range seen {
		x.end(tid)
	}
	if len(x.under) != 0 {
		t.Error("queries are left over")
	}
}
