package session

import (
	"fmt"
	"net/netip"
	"testing"
)

func TestExternalAddressByVote(t *testing.T) {
	var e external
	ip := netip.MustParseAddr
	if e.told(ip("192.0.2.1"), ip("0.0.0.0")) || e.told(ip("192.0.2.1"), ip("224.0.0.1")) || e.like(ip("10.0.0.1")).IsValid() {
		t.Error("nonsense was believed")
	}
	if !e.told(ip("192.0.2.1"), ip("203.0.113.5")) || e.like(ip("10.0.0.1")) != ip("203.0.113.5") {
		t.Error("the first to tell is not believed")
	}
	e.told(ip("198.51.100.7"), ip("203.0.113.5"))
	for i := range 20 { // one network, one vote
		if e.told(ip(fmt.Sprintf("198.18.0.%d", i)), ip("203.0.113.66")) {
			t.Fatal("a liar with many addresses is believed")
		}
	}
	if e.like(ip("2001:db8::1")).IsValid() {
		t.Error("an IPv6 address out of nowhere")
	}
	changed := false
	for i := range 40 { // the address did change
		changed = e.told(ip(fmt.Sprintf("100.64.%d.1", i)), ip("::ffff:203.0.113.77")) || changed
	}
	if !changed || e.like(ip("10.0.0.1")) != ip("203.0.113.77") {
		t.Error(e.like(ip("10.0.0.1")))
	}
	if n := len(e.votes[0]); n > maxVotes {
		t.Error(n)
	}
}
