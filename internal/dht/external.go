package dht

import (
	"net/netip"
	"slices"
	"sync"
)

// How our own address is learned: so many voices are remembered, and so many of them must agree.
const (
	maxVoices = 16
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
	by     netip.Prefix
	weight weight
	addr   netip.Addr
}

// weight is how much a voice counts. Those of a lower weight are heard only where there are too few of a
// higher one.
type weight int

const (
	private weight = iota // of a private network
	wrongID               // of a node whose id does not fit its address: whoever has many addresses has many such
	rightID
)

func weightOf(by contact) weight {
	switch ip := by.addr.Addr(); {
	case !public(ip):
		return private
	case !secure(by.id, ip):
		return wrongID
	}
	return rightID
}

// add notes what a node says.
func (o *opinions) add(by contact, addr netip.Addr) {
	addr = addr.Unmap()
	ip := by.addr.Addr()
	if !addr.IsValid() || addr.IsUnspecified() || ip.Is4() != addr.Is4() || !credible(ip, addr) {
		return
	}
	said := opinion{hostOf(ip), weightOf(by), addr}
	if said.weight > private {
		said.by = networkOf(ip)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if i := slices.IndexFunc(o.said, func(s opinion) bool { return s.by == said.by }); i >= 0 {
		if o.said[i].weight > said.weight {
			return
		}
		o.said = slices.Delete(o.said, i, i+1)
	}
	o.said = append(o.said, said)
	of := 0 // voices of each weight are forgotten by themselves
	for _, s := range o.said {
		if s.weight == said.weight {
			of++
		}
	}
	if of > maxVoices {
		i := slices.IndexFunc(o.said, func(s opinion) bool { return s.weight == said.weight })
		o.said = slices.Delete(o.said, i, i+1)
	}
}

// suggest notes an address that was learned outside the DHT: it is believed while no node has said anything,
// and is one voice among theirs.
func (o *opinions) suggest(addr netip.Addr) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.hint = addr
}

// address returns what more than half of the voices that count agree on; invalid if there is no such address.
func (o *opinions) address() netip.Addr {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.said) == 0 {
		return o.hint
	}
	for w := rightID; w >= private; w-- {
		count, all := map[netip.Addr]int{}, 0
		for _, s := range o.said {
			if s.weight == w {
				count[s.addr]++
				all++
			}
		}
		if all == 0 {
			continue
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
		if all >= quorum { // they are at odds
			break
		}
	}
	return netip.Addr{}
}
