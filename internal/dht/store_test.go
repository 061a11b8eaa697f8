package dht

import (
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func hashNumber(i int) nodeID { return nodeID{0: byte(i >> 16), 1: byte(i >> 8), 2: byte(i), 19: 1} }

func TestStoreExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore()
		h := hashNumber(1)
		if !s.add(h, testAddr(1, 1), false) || s.add(h, testAddr(1, 1), false) {
			t.Error("add does not tell new from old")
		}
		time.Sleep(storeTime / 2)
		s.add(h, testAddr(2, 2), false)
		s.add(hashNumber(2), testAddr(2, 2), false)
		time.Sleep(storeTime/2 - time.Second)
		s.add(h, testAddr(2, 2), false) // announced anew: lives on
		if got := len(s.get(h, 10, false)); got != 2 || s.len() != 3 {
			t.Errorf("%d peers, %d in all", got, s.len())
		}
		time.Sleep(time.Second)
		if got := s.get(h, 10, false); !slices.Equal(got, []netip.AddrPort{testAddr(2, 2)}) {
			t.Errorf("after the time of the first: %v", got)
		}
		time.Sleep(storeTime)
		if s.len() != 0 || len(s.hashes) != 0 {
			t.Errorf("left over: %d peers, %d infohashes", s.len(), len(s.hashes))
		}
	})
}

func TestStoreIsBounded(t *testing.T) {
	s := newStore()
	h := hashNumber(0)
	for i := range 2 * storeHashPeers {
		s.add(h, testAddr(i+1, 7000), false)
	}
	if got := s.len(); got != storeHashPeers {
		t.Errorf("%d peers of one infohash", got)
	}
	if slices.Contains(s.get(h, storeHashPeers, false), testAddr(1, 7000)) {
		t.Error("the oldest did not make room")
	}
	for i := range 2 * storePeers {
		s.add(hashNumber(i+1), testAddr(i+1, 7000), false)
	}
	if s.len() != storePeers || len(s.hashes) > storePeers {
		t.Errorf("%d peers of %d infohashes", s.len(), len(s.hashes))
	}
	if got := s.get(hashNumber(2*storePeers), 5, false); len(got) != 1 {
		t.Errorf("the newest is not there: %v", got)
	}
}

func TestStoreOfOneHost(t *testing.T) {
	s := newStore()
	h := hashNumber(1)
	local := netip.MustParseAddr("127.0.0.1")
	for port := range uint16(100) {
		s.add(h, testAddr(1, port+1), false)
		s.add(h, netip.AddrPortFrom(local, port+1), false)
	}
	of := map[netip.Addr]int{}
	for _, p := range s.get(h, 1000, false) {
		of[p.Addr()]++
	}
	if of[testAddr(1, 0).Addr()] != storeAddrPeers || of[local] != 100 {
		t.Errorf("peers by host: %v", of)
	}
	if got := len(s.get(h, 7, false)); got != 7 {
		t.Errorf("asked for 7, got %d", got)
	}
}

func TestTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a, b tokens
		one, two := testAddr(1, 0).Addr(), testAddr(2, 0).Addr()
		token := a.issue(one)
		if !a.valid(token, one) || a.valid(token, two) || b.valid(token, one) || a.valid(nil, one) {
			t.Error("a token is good for another address or node, or not for its own")
		}
		time.Sleep(tokenTime)
		if !a.valid(token, one) {
			t.Errorf("a token is not good after %v", tokenTime)
		}
		time.Sleep(tokenTime)
		if a.valid(token, one) {
			t.Errorf("a token is good after %v", 2*tokenTime)
		}
		token = a.issue(one)
		time.Sleep(24 * time.Hour)
		if a.valid(token, one) {
			t.Error("a token is good after a day")
		}
	})
}

func TestInflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l inflow
		count := func(addr func(i int) netip.AddrPort, n int) (passed int) {
			for i := range n {
				if l.allow(addr(i), maxInflow) {
					passed++
				}
			}
			return passed
		}
		onePublic := func(i int) netip.AddrPort { return testAddr(1, uint16(i+1)) }
		local := func(i int) netip.AddrPort {
			return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(i+1))
		}
		if got := count(onePublic, 500); got != maxInflow {
			t.Errorf("one host: %d pass", got)
		}
		if got := count(local, 500); got != 500 {
			t.Errorf("ports on loopback: %d pass", got)
		}
		if got := count(func(i int) netip.AddrPort { return testAddr(1000+i, 1) }, 10_000); got > maxSenders+maxInflow {
			t.Errorf("very many hosts: %d pass", got)
		}
		if len(l.count) > maxSenders+1 {
			t.Errorf("%d hosts are kept in mind", len(l.count))
		}
		time.Sleep(time.Second)
		if !l.allow(onePublic(0), maxInflow) {
			t.Error("a second later the host is still cut off")
		}
	})
}

func TestDialable(t *testing.T) {
	for addr, want := range map[string]bool{
		"11.0.0.1:1": true, "127.0.0.1:1": true, "10.0.0.1:1": true, "[2001:db8::1]:1": true, "[::1]:1": true,
		"11.0.0.1:0": false, "0.0.0.0:1": false, "0.1.2.3:1": false, "224.0.0.1:1": false, "255.255.255.255:1": false,
		"240.0.0.1:1": false, "[::]:1": false, "[ff02::1]:1": false, "[fe80::1]:1": false, "[::ffff:11.0.0.1]:1": false,
	} {
		a := netip.MustParseAddrPort(addr)
		if got := dialable(a, a.Addr().Is6()); got != want {
			t.Errorf("dialable(%s) is %v", addr, got)
		}
		if dialable(a, !a.Addr().Is6()) {
			t.Errorf("%s is taken for the other family", addr)
		}
	}
	if dialable(netip.AddrPort{}, false) || dialable(netip.AddrPort{}, true) {
		t.Error("no address is dialable")
	}
}
