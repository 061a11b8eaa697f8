package dht

import (
	"net/netip"
	"testing"
)

// rightAt is a node with a right id.
func rightAt(ip netip.Addr) contact { return secureAt(netip.AddrPortFrom(ip, 6881)) }

func right(number int) contact { return rightAt(testAddr(number, 0).Addr()) }

func TestOpinions(t *testing.T) {
	us, other := netip.MustParseAddr("11.9.9.9"), netip.MustParseAddr("12.8.8.8")
	var o opinions
	for i := range 10 {
		if got, want := o.address().IsValid(), i >= quorum; got != want {
			t.Errorf("after %d voices valid is %v", i, got)
		}
		o.add(right(i+1), us)
	}
	for i := range byte(50) {
		o.add(rightAt(netip.AddrFrom4([4]byte{77, 77, i, i})), other) // one network, one voice
		o.add(right(2), netip.MustParseAddr("::1"))
		o.add(right(3), netip.MustParseAddr("10.0.0.1"))
		o.add(right(4), netip.IPv4Unspecified())
		o.add(right(5), netip.Addr{})
		o.add(rightAt(netip.AddrFrom4([4]byte{10, 0, 0, i})), other) // what the internet says goes first
	}
	for i := range 100 { // whoever owns many addresses does not own the ids that go with them
		o.add(contact{nodeID{1}, testAddr(1000+i, 6881)}, other)
	}
	o.suggest(other)
	if got := o.address(); got != us {
		t.Errorf("address is %v, want %v", got, us)
	}
	for i := range maxVoices {
		o.add(right(100+i), other)
	}
	if got := o.address(); got != other || len(o.said) > 3*maxVoices {
		t.Errorf("after moving address is %v of %d voices, want %v", got, len(o.said), other)
	}
}

func TestOpinionsOfPrivateNetworks(t *testing.T) {
	us := netip.MustParseAddr("10.1.1.1")
	var o opinions
	for range 10 {
		o.add(rightAt(netip.MustParseAddr("10.1.1.2")), us)
	}
	if got := o.address(); got.IsValid() {
		t.Errorf("one host makes our address %v", got)
	}
	o.add(rightAt(netip.MustParseAddr("10.1.1.3")), us)
	o.add(rightAt(netip.MustParseAddr("10.1.1.4")), us)
	if got := o.address(); got != us {
		t.Errorf("address is %v, want %v", got, us)
	}
}

func TestSuggestedAddress(t *testing.T) {
	us, wrong := netip.MustParseAddr("11.9.9.9"), netip.MustParseAddr("12.8.8.8")
	var o opinions
	o.suggest(wrong)
	if got := o.address(); got != wrong {
		t.Errorf("with nothing else known address is %v", got)
	}
	o.add(right(1), us)
	if got := o.address(); got.IsValid() {
		t.Errorf("two voices make it %v", got)
	}
	o.add(right(2), us)
	o.suggest(us)
	if got := o.address(); got != us {
		t.Errorf("a suggestion is no voice: address is %v", got)
	}
}
