package dht

import (
	"net/netip"
	"sync"
)

// How our own address is learned: so many nodes are remembered with what they say, and so many of them
// must agree.
const (
	maxOpinions   = 32
	agreeOpinions = 3
)

// opinions is what other nodes say our address is (BEP 42). A host of the public internet has one voice,
// whatever number of nodes it runs. The zero value is ready for use.
type opinions struct {
	mu   sync.Mutex
	said []opinion // oldest first
}

type opinion struct{ by, addr netip.Addr }

func (o *opinions) add(by, addr netip.Addr) {
	addr = addr.Unmap()
	if addr.IsUnspecified() || by.Is4() != addr.Is4() || !credible(by, addr) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if public(by) {
		for i, s := range o.said {
			if s.by == by {
				o.said = append(o.said[:i], o.said[i+1:]...)
				break
			}
		}
	}
	if o.said = append(o.said, opinion{by, addr}); len(o.said) > maxOpinions {
		o.said = o.said[1:]
	}
}

// address returns what more than half of the voices agree on; invalid if there is no such address.
func (o *opinions) address() netip.Addr {
	o.mu.Lock()
	defer o.mu.Unlock()
	count := map[netip.Addr]int{}
	for _, s := range o.said {
		if count[s.addr]++; count[s.addr] >= agreeOpinions && 2*count[s.addr] > len(o.said) {
			return s.addr
		}
	}
	return netip.Addr{}
}
