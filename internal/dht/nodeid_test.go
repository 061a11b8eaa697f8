package dht

import (
	"encoding/hex"
	"net/netip"
	"testing"
)

func mustID(t *testing.T, s string) nodeID {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 20 {
		t.Fatal(s, err)
	}
	return nodeID(b)
}

// The examples are those of BEP 42.
func TestSecureIDs(t *testing.T) {
	for ip, id := range map[string]string{
		"124.31.75.21": "5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401",
		"21.75.31.124": "5a3ce9c14e7a08645677bbd1cfe7d8f956d53256",
		"65.23.51.170": "a5d43220bc8f112a3d426c84764f8c2a1150e616",
		"84.124.73.14": "1b0321dd1bb1fe518101ceef99462b947a01ff41",
		"43.213.53.83": "e56f6cbf5b7c4be0237986d5243b87aa6d51305a",
	} {
		addr := netip.MustParseAddr(ip)
		if !secure(mustID(t, id), addr) {
			t.Errorf("%s does not fit %s", id, ip)
		}
		if secure(mustID(t, id), addr.Next()) {
			t.Errorf("%s fits the neighbour of %s", id, ip)
		}
	}
}

func TestNewIDsAreSecure(t *testing.T) {
	seen := map[nodeID]bool{}
	for _, ip := range []string{"124.31.75.21", "2001:db8:1:2::3", "2003::1", "10.0.0.1", "::1"} {
		addr := netip.MustParseAddr(ip)
		for range 100 {
			id := newID(addr)
			if !secure(id, addr) || seen[id] {
				t.Errorf("%x made for %s: fits %v, seen %v", id, ip, secure(id, addr), seen[id])
			}
			seen[id] = true
		}
	}
	// Of an IPv6 address the host's half says nothing, the network's half does.
	id := newID(netip.MustParseAddr("2001:db8:1:2::3"))
	if !secure(id, netip.MustParseAddr("2001:db8:1:2:ffff::9")) || secure(id, netip.MustParseAddr("2001:db8:1:3::3")) {
		t.Error("an id is bound to another part of an IPv6 address than its first half")
	}
	if newID(netip.Addr{}) == (nodeID{}) {
		t.Error("no address gives no id")
	}
}
