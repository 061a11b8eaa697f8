package swarm

import (
	"net/netip"
	"testing"
)

func TestPriority(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want uint32
	}{ // the first two are of BEP 40
		{"123.213.32.10:1", "98.76.54.32:2", 0xec2d7224},
		{"123.213.32.10:1", "123.213.32.234:2", 0x99568189},
		{"[2001:db8::1]:1", "192.0.2.1:1", 0},
		{"[::ffff:123.213.32.10]:1", "98.76.54.32:2", 0xec2d7224},
	} {
		a, b := netip.MustParseAddrPort(c.a), netip.MustParseAddrPort(c.b)
		if x, y := priority(a, b), priority(b, a); x != c.want || y != c.want {
			t.Errorf("%s and %s: %x and %x, want %x", a, b, x, y, c.want)
		}
	}
	a, b, c := netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("192.0.2.1:2"), netip.MustParseAddrPort("192.0.2.1:3")
	if priority(a, b) == priority(a, c) {
		t.Error("on one address the ports do not count")
	}
	p, q := netip.MustParseAddrPort("[2001:db8:1:2200::1]:1"), netip.MustParseAddrPort("[2001:db8:1:3300::1]:1")
	if priority(p, q) != priority(q, p) || priority(p, q) == 0 {
		t.Error("IPv6")
	}
}
