package dht

import (
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// secureAt makes a contact with a right id at an address.
func secureAt(addr netip.AddrPort) contact { return contact{newID(addr.Addr()), addr} }

// inBucket makes a contact for a bucket of a table, whose id is not right for its address, and one whose is.
func inBucket(t *table, i, number int) (wrong, right contact) {
	addr := testAddr(number, 6881)
	wrong = contact{t.idAt(i), addr}
	for secure(wrong.id, addr.Addr()) {
		wrong.id = t.idAt(i)
	}
	for ; ; number += 1000 {
		right = secureAt(testAddr(number, 6881))
		for range 64 {
			if right.id = newID(right.addr.Addr()); t.id.prefix(right.id) == i {
				return wrong, right
			}
		}
	}
}

func TestClosest(t *testing.T) {
	own := nodeID(randomHash())
	tab := newTable(own)
	var all []contact
	for i := range 2000 {
		if c := secureAt(testAddr(i, 6881)); tab.heard(c) {
			all = append(all, c)
		}
	}
	if len(all) < 120 {
		t.Fatalf("%d nodes in the table", len(all))
	}
	targets := []nodeID{own, {}}
	for range 100 {
		targets = append(targets, nodeID(randomHash()))
	}
	for _, c := range all[:50] {
		near := c.id
		near[19] ^= 1
		targets = append(targets, c.id, near)
	}
	for _, target := range targets {
		slices.SortFunc(all, func(a, b contact) int { return target.near(a.id, b.id) })
		for _, k := range []int{1, 8, 50, 5000} {
			if got := tab.closest(target, k); !slices.Equal(got, all[:min(k, len(all))]) {
				t.Fatalf("the %d nodes nearest to %x are %v, want %v", k, target, got, all[:min(k, len(all))])
			}
		}
	}
}

func TestNodesThatAnswerStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := newTable(nodeID(randomHash()))
		const bucket = 1
		_, first := inBucket(tab, bucket, 1)
		tab.heard(first)
		for i := range 200 {
			_, c := inBucket(tab, bucket, 2+i)
			tab.heard(c)
		}
		good, all := tab.count()
		if _, ok := tab.known(first.addr); !ok || all != bucketSize(bucket) || good != all {
			t.Errorf("the first is there: %v; %d good of %d", ok, good, all)
		}
		// One lost answer makes it the weakest; it stays if it answers again.
		tab.failed(first.addr)
		if slices.Contains(tab.closest(first.id, 1), first) {
			t.Error("a node that fails is told of")
		}
		tab.heard(first)
		_, c := inBucket(tab, bucket, 500)
		if tab.heard(c) {
			t.Error("a newcomer pushed out a node that answers")
		}
		tab.failed(first.addr)
		_, c = inBucket(tab, bucket, 600)
		if !tab.heard(c) {
			t.Error("a newcomer did not get the place of a node that fails")
		}
		// Who fails twice goes, and one that waited is called.
		if spare := tab.failed(c.addr); spare.IsValid() {
			t.Error("gone after one failure")
		}
		if spare := tab.failed(c.addr); !spare.IsValid() {
			t.Error("nobody is called to the free place")
		}
		if spare := tab.failed(c.addr); spare.IsValid() {
			t.Error("an unknown node fails")
		}
	})
}

func TestWrongIDsAreSecondChoice(t *testing.T) {
	tab := newTable(nodeID(randomHash()))
	const bucket = 2
	for i := range bucketSize(bucket) {
		wrong, _ := inBucket(tab, bucket, 1+i)
		if !tab.heard(wrong) {
			t.Error("a node with a wrong id is refused though there is room")
		}
	}
	for i := range bucketSize(bucket) {
		_, right := inBucket(tab, bucket, 100+i)
		if !tab.room(right) || !tab.heard(right) {
			t.Error("a node with a right id does not get in")
		}
	}
	wrong, _ := inBucket(tab, bucket, 300)
	if tab.room(wrong) || tab.heard(wrong) {
		t.Error("a node with a wrong id pushes out one with a right id")
	}
	for _, c := range tab.latest() {
		if !secure(c.id, c.addr.Addr()) {
			t.Errorf("%v is still there", c)
		}
	}
	// On private networks any id is right.
	if c := (contact{tab.idAt(5), netip.MustParseAddrPort("10.0.0.1:1")}); !tab.heard(c) {
		t.Error("a private address is refused")
	}
}

func TestNobodyHasMoreThanAShare(t *testing.T) {
	for _, prefix := range []string{"11.22.0.0/16", "2003:11::/32"} {
		tab := newTable(nodeID(randomHash()))
		p := netip.MustParsePrefix(prefix)
		small := map[netip.Prefix]int{}
		for i := range 20_000 {
			b := p.Addr().AsSlice()
			if p.Addr().Is4() {
				b[2], b[3] = byte(i), byte(i>>8)
			} else {
				b[4], b[5], b[7], b[15] = byte(i>>4), byte(i), byte(i>>8), byte(i>>3)
			}
			ip, _ := netip.AddrFromSlice(b)
			for port := range uint16(2) {
				if tab.heard(secureAt(netip.AddrPortFrom(ip, 6881+port))) {
					small[circles(ip)[1]]++
				}
			}
		}
		_, all := tab.count()
		if all != tableShares[2] {
			t.Errorf("%d nodes of %s are in the table", all, prefix)
		}
		for network, n := range small {
			if n > tableShares[1] {
				t.Errorf("%d nodes of %s are in the table", n, network)
			}
		}
		// Whoever leaves makes room.
		gone := tab.latest()[0]
		tab.failed(gone.addr)
		tab.failed(gone.addr)
		if !tab.heard(secureAt(gone.addr)) {
			t.Error("the place of one that left is not free")
		}
		if len(tab.crowd.count) > 3*all {
			t.Errorf("%d counts are kept", len(tab.crowd.count))
		}
	}
}

func TestAnotherIDIsAnotherNode(t *testing.T) {
	tab := newTable(nodeID(randomHash()))
	c := secureAt(testAddr(1, 6881))
	tab.heard(c)
	other := contact{newID(c.addr.Addr()), c.addr}
	if !tab.heard(other) {
		t.Error("it is taken for the same")
	}
	if id, ok := tab.known(c.addr); !ok || id != other.id || len(tab.latest()) != 1 {
		t.Errorf("the table has %v", tab.latest())
	}
	tab.asked(c) // by its old name it is nobody
	if tab.heard(contact{tab.self(), testAddr(2, 1)}) || tab.heard(contact{nodeID{}, testAddr(3, 1)}) {
		t.Error("we are in our own table, or nobody is")
	}
}

func TestRenameKeepsTheNodes(t *testing.T) {
	tab := newTable(nodeID(randomHash()))
	for i := range 60 {
		tab.heard(secureAt(testAddr(i, 6881)))
	}
	_, before := tab.count()
	id := nodeID(randomHash())
	tab.rename(id)
	_, after := tab.count()
	if tab.self() != id || after < before-10 {
		t.Errorf("%d nodes before, %d after", before, after)
	}
	for i := range tab.buckets {
		for _, e := range tab.buckets[i].nodes {
			if id.prefix(e.id) != i {
				t.Errorf("%v is in bucket %d", e.contact, i)
			}
		}
	}
}

func TestUpkeepAsksWhoWasNotSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tab := newTable(nodeID(randomHash()))
		silent, talks := secureAt(testAddr(1, 6881)), secureAt(testAddr(2, 6881))
		tab.heard(silent)
		tab.heard(talks)
		if _, _, ok := tab.overdue(); ok {
			t.Error("a node that just answered is asked")
		}
		for range 5 {
			time.Sleep(goodTime / 5)
			tab.asked(talks)
		}
		to, target, ok := tab.overdue()
		if !ok || to != silent.addr || tab.id.prefix(target) != tab.id.prefix(silent.id) {
			t.Errorf("asked is %v for %x: %v", to, target, ok)
		}
		if _, _, ok := tab.overdue(); ok {
			t.Error("the node is asked twice at once")
		}
		// Asking us is no proof for ever: a sender is easily forged.
		for range 10 {
			time.Sleep(askedTime / 10)
			tab.asked(talks)
		}
		time.Sleep(goodTime)
		tab.asked(talks)
		tab.overdue()
		if to, _, ok := tab.overdue(); !ok || to != talks.addr && to != silent.addr {
			t.Error("a node that only asks is never asked")
		}
	})
}
