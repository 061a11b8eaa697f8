package session

import (
	"net/netip"
	"sync"
)

// maxVotes is how many of the latest opinions on our address are kept for each family.
const maxVotes = 32

// external is how others see our address: peers tell it (BEP 10 "yourip"), and trackers (BEP 24). None of them is believed alone
// where there are others, and those of one network have one vote, the last.
type external struct {
	mu    sync.Mutex
	votes [2][]vote // of IPv4 and IPv6, oldest first
	seen  [2]netip.Addr
}

type vote struct {
	by netip.Prefix
	us netip.Addr
}

// family is the index of an address's family.
func family(a netip.Addr) int {
	if a.Is6() {
		return 1
	}
	return 0
}

// network is the network that an address has its vote for.
func networkOf(a netip.Addr) netip.Prefix {
	bits := 24
	if a.Is6() {
		bits = 48
	}
	p, _ := a.Prefix(bits) //nolint:errcheck // an invalid address has the zero prefix
	return p
}

// told takes an opinion in. changed reports whether the address that most agree on is another one now.
func (e *external) told(by, us netip.Addr) (changed bool) {
	by, us = by.Unmap(), us.Unmap()
	if !us.IsValid() || us.IsUnspecified() || us.IsMulticast() || us.IsLinkLocalUnicast() {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	f := family(us)
	v := vote{networkOf(by), us}
	all := e.votes[f][:0]
	for _, o := range e.votes[f] {
		if o.by != v.by {
			all = append(all, o)
		}
	}
	all = append(all, v)
	e.votes[f] = all[max(0, len(all)-maxVotes):]
	was := e.seen[f]
	e.seen[f] = most(e.votes[f], was)
	return e.seen[f] != was
}

// most is the address with most votes; the one that is thought of already, where several have as many.
func most(votes []vote, now netip.Addr) netip.Addr {
	count := make(map[netip.Addr]int)
	best := now
	for _, v := range votes {
		count[v.us]++
		if count[v.us] > count[best] {
			best = v.us
		}
	}
	return best
}

// like is our address in the family of another one; invalid where nobody told.
func (e *external) like(a netip.Addr) netip.Addr {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.seen[family(a.Unmap())]
}

// onSeen takes the word of a peer or tracker on our address.
func (s *Session) onSeen(by, us netip.Addr) {
	if s.external.told(by, us) {
		s.log.Info("others see us", "address", us)
		if s.dht != nil {
			s.dht.SetExternal(us)
		}
	}
}

// externalLike is where peers with addresses like a see us.
func (s *Session) externalLike(a netip.Addr) netip.AddrPort {
	return netip.AddrPortFrom(s.external.like(a), s.outerPort())
}

// askDHT takes the word of the DHT's nodes on our address, which are many and have one vote here.
func (s *Session) askDHT() {
	if s.dht == nil {
		return
	}
	v4, v6 := s.dht.External()
	s.external.told(netip.Addr{}, v4)
	s.external.told(netip.IPv6Unspecified(), v6)
}
