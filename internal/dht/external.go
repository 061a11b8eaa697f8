package dht

import (
	"net/netip"
	"slices"
	"sync"
)

// How our own address is learned: so many voices are remembered, and so many of them must agree.
const (
	maxVoices = 32
	quorum    = 3
)

// opinions is what others say our address is (BEP 42). A network of the public internet has one voice,
// whatever number of nodes it runs, and so has a host of a private one. The zero value is ready for use.
type opinions struct {
	mu   sync.Mutex
	said []opinion  // oldest first
	hint netip.Addr // what was learned outside the DHT
}

type opinion struct {
	by   netip.Prefix
	addr netip.Addr
}

// add notes what a node says. Private networks have no say once the internet has spoken.
func (o *opinions) add(by, addr netip.Addr) {
	addr = addr.Unmap()
	if !addr.IsValid() || addr.IsUnspecified() || by.Is4() != addr.Is4() || !credible(by, addr) {
		return
	}
	voice := hostOf(by)
	if public(by) {
		voice = networkOf(by)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch outside := slices.ContainsFunc(o.said, func(s opinion) bool { return public(s.by.Addr()) }); {
	case outside && !public(by):
		return
	case !outside && public(by):
		o.said = nil
	}
	o.said = slices.DeleteFunc(o.said, func(s opinion) bool { return s.by == voice })
	if o.said = append(o.said, opinion{voice, addr}); len(o.said) > maxVoices {
		o.said = o.said[1:]
	}
}

// suggest notes an address that was learned outside the DHT: it is believed while no node has said anything,
// and is one voice among theirs.
func (o *opinions) suggest(addr netip.Addr) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.hint = addr
}

// address returns what more than half of the voices agree on; invalid if there is no such address.
func (o *opinions) address() netip.Addr {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.said) == 0 {
		return o.hint
	}
	count, all := map[netip.Addr]int{}, len(o.said)
	for _, s := range o.said {
		count[s.addr]++
	}
	if o.hint.IsValid() {
		count[o.hint]++
		all++
	}
	for addr, n := range count {
		if n >= quorum && 2*n > all {
			return addr
		}
	}
	return netip.Addr{}
}
