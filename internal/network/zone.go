package network

import (
	"fmt"
	"net/netip"
)

// zone says how far inside an address lies, seen from this machine. What a URL may reach is a zone
// and all those further out, so the order matters.
type zone int

const (
	zoneNowhere  zone = iota // unspecified, multicast, broadcast, reserved: no host
	zoneLink                 // the link itself, and where clouds keep the secrets of a machine
	zonePublic               // the internet
	zonePrivate              // the local network
	zoneLoopback             // this machine
)

func (z zone) String() string {
	switch z {
	case zoneLink:
		return "a link-local or cloud metadata address"
	case zonePublic:
		return "a public address"
	case zonePrivate:
		return "a private address"
	case zoneLoopback:
		return "a loopback address"
	}
	return "not the address of a host"
}

// admit refuses an address that lies further inside than z, and those that no URL may name.
func (z zone) admit(ip netip.Addr) error {
	if at := zoneOf(ip); at < zonePublic || at > z {
		return fmt.Errorf("%w: %s is %s", ErrRefused, ip.Unmap(), at)
	}
	return nil
}

// metadata holds the addresses at which clouds hand out credentials to whoever asks from within,
// besides the link-local ones: Amazon over IPv6, Google over IPv6, Azure, Alibaba, Oracle.
var metadata = [...]netip.Addr{
	netip.MustParseAddr("fd00:ec2::254"),
	netip.MustParseAddr("fd20:ce::254"),
	netip.MustParseAddr("168.63.129.16"),
	netip.MustParseAddr("100.100.100.200"),
	netip.MustParseAddr("192.0.0.192"),
}

// prefixZones holds the ranges that netip has no method for. From the IANA special-purpose
// registries of both families.
var prefixZones = [...]struct {
	prefix netip.Prefix
	zone   zone
}{
	{netip.MustParsePrefix("0.0.0.0/8"), zoneNowhere}, // Linux takes 0.0.0.0 for loopback
	{netip.MustParsePrefix("240.0.0.0/4"), zoneNowhere},
	{netip.MustParsePrefix("100.64.0.0/10"), zonePrivate}, // carrier-grade NAT
	{netip.MustParsePrefix("192.0.0.0/24"), zonePrivate},
	{netip.MustParsePrefix("198.18.0.0/15"), zonePrivate},
	{netip.MustParsePrefix("64:ff9b:1::/48"), zonePrivate}, // NAT64 of the local network
	{netip.MustParsePrefix("fec0::/10"), zonePrivate},      // site-local, deprecated
}

// embeddings are the ranges of IPv6 that carry an IPv4 address, and where: NAT64 (RFC 6052), 6to4
// (RFC 3056), the translated form (RFC 7915) and the deprecated compatible one. The embedded address decides.
var embeddings = [...]struct {
	prefix netip.Prefix
	offset int
}{
	{netip.MustParsePrefix("64:ff9b::/96"), 12},
	{netip.MustParsePrefix("2002::/16"), 2},
	{netip.MustParsePrefix("::ffff:0:0:0/96"), 12},
	{netip.MustParsePrefix("::/96"), 12},
}

// zoneOf tells where an address lies.
func zoneOf(ip netip.Addr) zone {
	ip = ip.Unmap().WithZone("")
	for _, m := range metadata {
		if ip == m {
			return zoneLink
		}
	}
	switch {
	case !ip.IsValid(), ip.IsUnspecified(), ip.IsMulticast():
		return zoneNowhere
	case ip.IsLoopback():
		return zoneLoopback
	case ip.IsLinkLocalUnicast():
		return zoneLink
	case ip.IsPrivate():
		return zonePrivate
	}
	for _, p := range prefixZones {
		if p.prefix.Contains(ip) {
			return p.zone
		}
	}
	for _, e := range embeddings {
		if e.prefix.Contains(ip) {
			b := ip.As16()
			return zoneOf(netip.AddrFrom4([4]byte(b[e.offset : e.offset+4])))
		}
	}
	return zonePublic
}
