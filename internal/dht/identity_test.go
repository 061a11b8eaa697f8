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

func TestIDsFollowTheAddress(t *testing.T) {
	for _, six := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			f := newFabric()
			var nodes []*Node
			var sockets []*socket
			var join []string
			for i := range 12 {
				s := f.listen(i+1, six)
				c := Config{Conn4: s, Bootstrap: join}
				if six {
					c = Config{Conn6: s, Bootstrap: join}
				}
				n, err := New(context.Background(), c)
				if err != nil {
					t.Fatal(err)
				}
				nodes, sockets, join = append(nodes, n), append(sockets, s), []string{sockets0(sockets, s).addr.String()}
				time.Sleep(100 * time.Millisecond)
			}
			time.Sleep(time.Minute)
			seen := func(i int) netip.Addr {
				v4, v6 := nodes[i].External()
				if six == v4.IsValid() {
					t.Errorf("external addresses are %v and %v", v4, v6)
				}
				if six {
					return v6
				}
				return v4
			}
			for i, n := range nodes {
				if got := seen(i); got != sockets[i].addr.Addr() || !secure(n.families[0].table.self(), got) {
					t.Errorf("node %d at %v sees itself at %v with id %x", i, sockets[i].addr, got, n.families[0].table.self())
				}
			}

			// A line gets another address, as lines do at night.
			moved := f.listen(1000, six)
			moved.Close()
			before := nodes[5].families[0].table.self()
			f.move(sockets[5], moved.addr)
			time.Sleep(time.Hour)
			id := nodes[5].families[0].table.self()
			if got := seen(5); got != moved.addr.Addr() || id == before || !secure(id, got) {
				t.Errorf("after moving to %v the node sees itself at %v, with the old id %v", moved.addr, got, id == before)
			}
			// The others know it under its new name, and find what it announces.
			if got, ok := nodes[2].families[0].table.known(moved.addr); !ok || got != id {
				t.Errorf("another node has it as %x, %v", got, ok)
			}
			hash := randomHash()
			announceOnce(t, nodes[5], hash, 7000)
			if _, ok := find(t, nodes[9], hash, at(moved.addr, 7000)); !ok {
				t.Error("what it announces after moving is not found")
			}
			closeAll(t, nodes)
		})
	}
}

// sockets0 is the first of the sockets, or s if there is none yet.
func sockets0(all []*socket, s *socket) *socket {
	if len(all) > 0 {
		return all[0]
	}
	return s
}

func TestSetExternal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		n, addr := f.node(t, 1, Config{})
		id := func() nodeID { return n.families[0].table.self() }
		before := id()
		n.SetExternal(netip.MustParseAddr("2001:db8::1")) // there is no such family
		n.SetExternal(netip.MustParseAddr("192.168.1.1"))
		n.SetExternal(netip.Addr{})
		if v4, v6 := n.External(); v4.IsValid() || v6.IsValid() || id() != before {
			t.Errorf("external addresses are %v and %v", v4, v6)
		}
		n.SetExternal(netip.AddrFrom16(addr.Addr().As16())) // as a dual-stack socket writes IPv4
		if v4, _ := n.External(); v4 != addr.Addr() || !secure(id(), v4) {
			t.Errorf("external address is %v, id %x", v4, id())
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestNewAddressIsAnnounced has a node with some torrents get another address.
func TestNewAddressIsAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		nodes := f.swarm(t, 14)
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		hashes := make([][20]byte, 20)
		for i := range hashes {
			hashes[i] = randomHash()
			done.Go(func() {
				nodes[5].Run(ctx, Search{
					Infohash: hashes[i], Port: func() uint16 { return 7000 }, Seed: func() bool { return true },
					Found: func([]netip.AddrPort) {},
				})
			})
		}
		time.Sleep(time.Hour)
		sock := nodes[5].families[0].conn.(*socket)
		f.move(sock, testAddr(1000, 6881))
		time.Sleep(4 * time.Minute)
		for _, h := range hashes {
			if !slices.ContainsFunc(nodes, func(n *Node) bool {
				return slices.Contains(n.families[0].peers.get(h, 100, false), testAddr(1000, 7000))
			}) {
				t.Error("a torrent is not announced at the new address")
			}
		}
		cancel()
		done.Wait()
		closeAll(t, nodes)
	})
}

// TestIDIsKept checks that an address which changes all the time does not make the node start over all the time.
func TestIDIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		n, _ := f.node(t, 1, Config{})
		changes, last := 0, n.families[0].table.self()
		for i := range 600 {
			n.SetExternal(testAddr(i+2, 0).Addr())
			if id := n.families[0].table.self(); id != last {
				changes, last = changes+1, id
			}
			time.Sleep(time.Second)
		}
		if changes < 2 || changes > 3 {
			t.Errorf("%d changes of id in 10 minutes", changes)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
}
