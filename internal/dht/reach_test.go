package dht

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func TestReach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r reach
		friend, stranger := testAddr(1, 0).Addr(), testAddr(2, 0).Addr()
		expect := func(want bool, when string) {
			t.Helper()
			if got := r.readOnly(crowdedNodes); got != want {
				t.Errorf("%s: read-only is %v", when, got)
			}
		}
		expect(false, "at the start")
		for range 19 {
			time.Sleep(time.Minute)
			r.wrote(friend)
			r.visit(friend)
			r.visit(netip.MustParseAddr("10.0.0.9")) // who is in our own network says nothing of the internet
			expect(false, "during the trial")
		}
		time.Sleep(2 * time.Minute)
		expect(true, "after a trial without visits")
		if r.readOnly(crowdedNodes - 1) {
			t.Error("read-only where there are too few nodes to tell")
		}
		expect(false, "in the trial after that")
		time.Sleep(trialTime)
		expect(true, "after it")
		time.Sleep(trialAgain)
		expect(false, "in a new trial")
		time.Sleep(trialTime)
		expect(true, "after the new trial")
		r.visit(stranger)
		expect(false, "after a visit")
		time.Sleep(trialAgain - time.Minute)
		expect(false, "a while after a visit")
		r.restart()
		expect(false, "with a new address")
		time.Sleep(trialTime)
		expect(true, "with a new address and no visit")
	})
}

func TestReachRemembersABoundedNumberOfHosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r reach
		for i := range 3 * maxContacts {
			r.wrote(testAddr(i, 0).Addr())
		}
		r.visit(testAddr(2*maxContacts, 0).Addr())
		if len(r.contacts[0]) != maxContacts || !r.visited.IsZero() {
			t.Errorf("%d hosts, visited at %v", len(r.contacts[0]), r.visited)
		}
		time.Sleep(2 * contactTime)
		r.wrote(testAddr(1, 0).Addr())
		r.visit(testAddr(2, 0).Addr())
		if r.visited.IsZero() {
			t.Error("a host that was written to long ago is no visitor")
		}
	})
}

// TestUnreachableNodesAreReadOnly has one node behind a router among many that can be reached.
func TestUnreachableNodesAreReadOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		nodes := f.swarm(t, 75)
		n, addr := f.node(t, 500, Config{Bootstrap: []string{testAddr(1, 6881).String()}})
		f.wall(n.families[0].conn.(*socket))
		for i := range 15 { // searches make nodes known
			find(t, n, randomHash(), netip.AddrPort{})
			find(t, nodes[i%3], randomHash(), netip.AddrPort{})
		}
		if s := n.Stats().IPv4; s.ReadOnly || s.Good < crowdedNodes {
			t.Errorf("during the trial stats are %+v", s)
		}
		time.Sleep(35 * time.Minute)
		if s := n.Stats().IPv4; !s.ReadOnly {
			t.Errorf("not read-only behind a router: %+v", s)
		}
		for i, m := range nodes {
			if s := m.Stats().IPv4; s.ReadOnly || i < 3 && s.Good < crowdedNodes {
				t.Errorf("node %d, which can be reached: %+v", i, s)
			}
		}
		// It is of use all the same: to itself, and as a peer.
		hash := randomHash()
		announceOnce(t, n, hash, 7000)
		if _, ok := find(t, nodes[7], hash, at(addr, 7000)); !ok {
			t.Error("what a read-only node announces is not found")
		}
		closeAll(t, append(nodes, n))
	})
}

func TestReadOnlyNodeIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		nodes := f.swarm(t, 10)
		n, addr := f.node(t, 50, Config{ReadOnly: true, Bootstrap: []string{testAddr(1, 6881).String()}})
		var asked, marked, unmarked int
		f.observe(func(b []byte, from, to netip.AddrPort) {
			p, _ := parsePacket(b)
			switch {
			case to == addr && p.kind == 'q':
				asked++
			case from == addr && p.kind == 'q' && p.readOnly:
				marked++
			case from == addr:
				unmarked++
			}
		})
		hash := randomHash()
		announceOnce(t, nodes[3], hash, 7000)
		if _, ok := find(t, n, hash, testAddr(4, 7000)); !ok {
			t.Error("a read-only node finds nothing")
		}
		announceOnce(t, n, hash, 7001)
		if _, ok := find(t, nodes[8], hash, at(addr, 7001)); !ok {
			t.Error("what a read-only node announces is not found")
		}
		time.Sleep(time.Hour)
		f.observe(nil)
		if asked > 0 || unmarked > 0 || marked == 0 {
			t.Errorf("it was asked %d times and sent %d queries with ro=1 and %d packets without", asked, marked, unmarked)
		}
		for i, m := range nodes {
			if _, ok := m.families[0].table.known(addr); ok {
				t.Errorf("node %d has it in its table", i)
			}
		}
		// Somebody asks it all the same.
		s := &stranger{t, f.listen(60, false), addr}
		if b := s.raw(queryFor("ping", "")); b != nil {
			t.Errorf("it answers: %q", b)
		}
		closeAll(t, append(nodes, n))
	})
}
