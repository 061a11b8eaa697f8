package network

import (
	"net/netip"
	"testing"
)

func TestZoneOf(t *testing.T) {
	for text, want := range map[string]zone{
		"8.8.8.8": zonePublic, "2001:4860:4860::8888": zonePublic, "172.32.0.1": zonePublic, "100.128.0.1": zonePublic,
		"10.1.2.3": zonePrivate, "172.16.0.1": zonePrivate, "172.31.255.255": zonePrivate, "192.168.1.1": zonePrivate,
		"100.64.0.1": zonePrivate, "fd12::1": zonePrivate, "fec0::1": zonePrivate, "198.18.0.1": zonePrivate,
		"192.0.0.8": zonePrivate, "64:ff9b:1::1": zonePrivate,
		"127.0.0.1": zoneLoopback, "127.255.0.3": zoneLoopback, "::1": zoneLoopback,
		"169.254.169.254": zoneLink, "169.254.0.1": zoneLink, "fe80::1": zoneLink, "fe80::1%eth0": zoneLink,
		"febf::1": zoneLink, "fd00:ec2::254": zoneLink, "fd20:ce::254": zoneLink, "168.63.129.16": zoneLink,
		"100.100.100.200": zoneLink, "192.0.0.192": zoneLink,
		"0.0.0.0": zoneNowhere, "0.1.2.3": zoneNowhere, "::": zoneNowhere, "224.0.0.1": zoneNowhere, "ff02::1": zoneNowhere,
		"255.255.255.255": zoneNowhere, "240.0.0.1": zoneNowhere,

		// IPv4 within IPv6, in all the ways that there are.
		"::ffff:127.0.0.1": zoneLoopback, "::ffff:10.0.0.1": zonePrivate, "::ffff:169.254.169.254": zoneLink,
		"::ffff:0.0.0.0": zoneNowhere, "::ffff:8.8.8.8": zonePublic,
		"64:ff9b::127.0.0.1": zoneLoopback, "64:ff9b::a9fe:a9fe": zoneLink, "64:ff9b::8.8.8.8": zonePublic,
		"2002:7f00:1::1": zoneLoopback, "2002:a9fe:a9fe::": zoneLink, "2002:808:808::1": zonePublic,
		"::ffff:0:127.0.0.1": zoneLoopback, "::ffff:0:169.254.169.254": zoneLink, "::ffff:0:8.8.8.8": zonePublic,
		"::127.0.0.1": zoneLoopback, "::10.0.0.1": zonePrivate,
	} {
		if got := zoneOf(netip.MustParseAddr(text)); got != want {
			t.Errorf("zoneOf(%s) = %v, want %v", text, got, want)
		}
	}
	if zoneOf(netip.Addr{}) != zoneNowhere {
		t.Error("the invalid address is somewhere")
	}
}

func TestPolicyReach(t *testing.T) {
	for _, c := range []struct {
		name   string
		policy Policy
		path   string
		query  bool
		want   zone
	}{
		{"zero", Policy{}, "/file", false, zonePrivate},
		{"zero with query", Policy{}, "/file", true, zonePublic},
		{"tracker", TrackerPolicy(false), "/announce", true, zoneLoopback},
		{"tracker scrape", TrackerPolicy(false), "/scrape", true, zoneLoopback},
		{"tracker elsewhere", TrackerPolicy(false), "/admin", true, zonePrivate},
		{"tracker beside", TrackerPolicy(false), "/announce/", true, zonePrivate},
		{"tracker above", TrackerPolicy(false), "/x/../announce", true, zonePrivate},
		{"tracker escaped", TrackerPolicy(false), "/announc%65", true, zonePrivate},
		{"tracker of the user", TrackerPolicy(true), "/admin", true, zoneLoopback},
		{"web seed", WebSeedPolicy(false), "/announce", false, zonePrivate},
		{"web seed with query", WebSeedPolicy(false), "/announce", true, zonePublic},
		{"web seed of the user", WebSeedPolicy(true), "/any", true, zoneLoopback},
	} {
		if got := c.policy.reach(c.path, c.query); got != c.want {
			t.Errorf("%s: reach %v, want %v", c.name, got, c.want)
		}
	}
}
