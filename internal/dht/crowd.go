package dht

import "net/netip"

// shares is how many nodes in a set may be of one host, of the small network around it (24 bits of an IPv4
// address, 48 of an IPv6 one) and of the party that owns that. Addresses are what somebody with many
// node ids has few of.
type shares [3]int

var (
	tableShares  = shares{1, 2, 12} // of a routing table
	searchShares = shares{1, 2, 8}  // of the nodes that a search has in mind
)

// crowd counts the nodes of a set by where they are. Private networks are exempt: one host there may run a
// whole DHT of test nodes.
type crowd struct {
	shares
	count map[netip.Prefix]int
}

func newCrowd(s shares) crowd { return crowd{s, map[netip.Prefix]int{}} }

func circles(ip netip.Addr) [3]netip.Prefix {
	small := 24
	if ip.Is6() {
		small = 48
	}
	return [3]netip.Prefix{hostOf(ip), cut(ip, small), networkOf(ip)}
}

// room reports whether one more node at an address may join.
func (c crowd) room(ip netip.Addr) bool {
	if !public(ip) {
		return true
	}
	for i, p := range circles(ip) {
		if c.count[p] >= c.shares[i] {
			return false
		}
	}
	return true
}

func (c crowd) add(ip netip.Addr) {
	if public(ip) {
		for _, p := range circles(ip) {
			c.count[p]++
		}
	}
}

func (c crowd) remove(ip netip.Addr) {
	if !public(ip) {
		return
	}
	for _, p := range circles(ip) {
		if c.count[p]--; c.count[p] <= 0 {
			delete(c.count, p)
		}
	}
}
