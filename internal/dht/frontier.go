package dht

import (
	"net/netip"
	"slices"
	"time"
)

const (
	searchWidth    = 8   // the nearest nodes that a search wants answers from: k of BEP 5
	maxCandidates  = 200 // nodes a search keeps in mind
	slowAnswerTime = time.Second
)

// step is how far a search got with a node.
type step int

const (
	fresh step = iota
	asked
	answered
	failed
)

// candidate is a node in a search.
type candidate struct {
	contact
	nameless bool // only the address is known
	step     step
	askedAt  time.Time
	token    string
}

// frontier is the nodes of one search, the nearest to its target first. One goroutine owns it.
type frontier struct {
	target nodeID
	list   []*candidate
	addrs  map[netip.AddrPort]bool
	hosts  map[netip.Prefix]bool
}

func newFrontier(target nodeID) *frontier {
	return &frontier{target: target, addrs: map[netip.AddrPort]bool{}, hosts: map[netip.Prefix]bool{}}
}

// add takes in a node that was not there yet. Of a host in the public internet only one node is
// taken: more would be a cheap way to own a search.
func (f *frontier) add(c *candidate) {
	if f.addrs[c.addr] {
		return
	}
	host := hostOf(c.addr.Addr())
	if public(c.addr.Addr()) && f.hosts[host] {
		return
	}
	if len(f.list) >= maxCandidates {
		last := f.list[len(f.list)-1]
		if last.step != fresh || f.compare(c, last) >= 0 {
			return
		}
		f.list = f.list[:len(f.list)-1]
		delete(f.addrs, last.addr)
		delete(f.hosts, hostOf(last.addr.Addr()))
	}
	f.addrs[c.addr], f.hosts[host] = true, true
	f.insert(c)
}

func (f *frontier) insert(c *candidate) {
	i, _ := slices.BinarySearchFunc(f.list, c, f.compare)
	f.list = slices.Insert(f.list, i, c)
}

// compare orders by distance; nodes of unknown id come first, since they can only be asked.
func (f *frontier) compare(a, b *candidate) int {
	switch {
	case a.nameless && b.nameless:
		return a.addr.Compare(b.addr)
	case a.nameless:
		return -1
	case b.nameless:
		return 1
	}
	if c := a.id.distance(f.target).compare(b.id.distance(f.target)); c != 0 {
		return c
	}
	return a.addr.Compare(b.addr)
}

// rename puts a node in the place of the id it answered with.
func (f *frontier) rename(c *candidate, id nodeID) {
	if !c.nameless && c.id == id {
		return
	}
	i := slices.Index(f.list, c)
	f.list = slices.Delete(f.list, i, i+1)
	c.id, c.nameless = id, false
	f.insert(c)
}

// next returns the nearest node still to be asked, nil once the nearest ones have all answered.
func (f *frontier) next() *candidate {
	near := 0
	for _, c := range f.list {
		switch {
		case c.step == fresh:
			return c
		case c.step == answered:
			if near++; near == searchWidth {
				return nil
			}
		}
	}
	return nil
}

// nearest returns the nearest nodes that answered.
func (f *frontier) nearest() []*candidate {
	var out []*candidate
	for _, c := range f.list {
		if c.step == answered && len(out) < searchWidth {
			out = append(out, c)
		}
	}
	return out
}

// waiting counts the nodes that were asked and have not answered, and those of them that still have
// time to.
func (f *frontier) waiting() (all, prompt int) {
	for _, c := range f.list {
		if c.step == asked {
			all++
			if time.Since(c.askedAt) < slowAnswerTime {
				prompt++
			}
		}
	}
	return all, prompt
}

// hostOf is what counts as one host: an IPv4 address, an IPv6 network of 64 bits.
func hostOf(ip netip.Addr) netip.Prefix {
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	p, _ := ip.Prefix(bits)
	return p
}
