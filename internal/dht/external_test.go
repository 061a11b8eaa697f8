package dht

import (
	"net/netip"
	"testing"
)

func TestOpinions(t *testing.T) {
	us, other := netip.MustParseAddr("11.9.9.9"), netip.MustParseAddr("12.8.8.8")
	var o opinions
	for i := range 10 {
		if got, want := o.address().IsValid(), i >= quorum; got != want {
			t.Errorf("after %d voices valid is %v", i, got)
		}
		o.add(testAddr(i+1, 0).Addr(), us)
	}
	for i := range byte(50) {
		o.add(netip.AddrFrom4([4]byte{77, 77, i, i}), other) // one network, one voice
		o.add(testAddr(2, 0).Addr(), netip.MustParseAddr("::1"))
		o.add(testAddr(3, 0).Addr(), netip.MustParseAddr("10.0.0.1"))
		o.add(testAddr(4, 0).Addr(), netip.IPv4Unspecified())
		o.add(testAddr(5, 0).Addr(), netip.Addr{})
		o.add(netip.AddrFrom4([4]byte{10, 0, 0, i}), other) // what the internet says goes first
	}
	o.suggest(other)
	if got := o.address(); got != us {
		t.Errorf("address is %v, want %v", got, us)
	}
	for i := range maxVoices {
		o.add(testAddr(100+i, 0).Addr(), other)
	}
	if got := o.address(); got != other || len(o.said) != maxVoices {
		t.Errorf("after moving address is %v of %d voices, want %v", got, len(o.said), other)
	}
}

func TestOpinionsOfPrivateNetworks(t *testing.T) {
	us := netip.MustParseAddr("10.1.1.1")
	var o opinions
	for range 10 {
		o.add(netip.MustParseAddr("10.1.1.2"), us)
	}
	if got := o.address(); got.IsValid() {
		t.Errorf("one host makes our address %v", got)
	}
	o.add(netip.MustParseAddr("10.1.1.3"), us)
	o.add(netip.MustParseAddr("10.1.1.4"), us)
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
	o.add(testAddr(1, 0).Addr(), us)
	if got := o.address(); got.IsValid() {
		t.Errorf("two voices make it %v", got)
	}
	o.add(testAddr(2, 0).Addr(), us)
	o.suggest(us)
	if got := o.address(); got != us {
		t.Errorf("a suggestion is no voice: address is %v", got)
	}
}
