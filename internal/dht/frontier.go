package dht

import (
	"net/netip"
	"slices"
	"time"
)

const (
	searchWidth   = 8   // the nearest nodes that a search wants answers from: k of BEP 5
	maxCandidates = 100 // nodes a search keeps in mind, of each kind

	slowTime = 400 * time.Millisecond  // after which a search asks another node beside one that has not answered,
	lateTime = 1500 * time.Millisecond // and after which it ends without: the query went out twice by then

	// maxMisled is how many nodes that one node named, and that do not answer, a search puts up with if none does.
	maxMisled = 4
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
	secure  bool       // its id fits its address (BEP 42)
	by      *candidate // who named it; nil for a node of our table
	step    step
	askedAt time.Time
	token   []byte

	named struct{ dead, alive int } // of the nodes that it named
}

// misled reports whether whoever named the node names nodes that are not there.
func (c *candidate) misled() bool {
	return c.by != nil && c.by.named.dead >= maxMisled && c.by.named.alive == 0
}

// frontier is the nodes of one search, the nearest to its target first. One goroutine owns it.
//
// Nodes whose id does not fit their address are a kind of their own: they are asked, but a search is not at
// its end because of them, nor do they push out others (BEP 42). It costs next to nothing to have any number
// of them right at a target.
type frontier struct {
	target nodeID
	list   []*candidate
	addrs  map[netip.AddrPort]bool
	crowd  crowd
	kind   map[bool]int // candidates that are secure, and that are not
}

func newFrontier(target nodeID) *frontier {
	return &frontier{
		target: target, addrs: map[netip.AddrPort]bool{}, crowd: newCrowd(searchShares), kind: map[bool]int{},
	}
}

// add takes in a node that was not there yet, if its host and network have not got their share.
func (f *frontier) add(n contact, by *candidate) {
	if f.addrs[n.addr] || !f.crowd.room(n.addr.Addr()) {
		return
	}
	c := &candidate{contact: n, secure: secure(n.id, n.addr.Addr()), by: by}
	if f.kind[c.secure] >= maxCandidates && !f.makeRoom(c) {
		return
	}
	f.addrs[c.addr] = true
	f.crowd.add(c.addr.Addr())
	f.insert(c)
}

// makeRoom forgets the farthest node of a candidate's kind; false if that is asked already, or nearer.
func (f *frontier) makeRoom(c *candidate) bool {
	for _, last := range slices.Backward(f.list) {
		if last.secure != c.secure {
			continue
		}
		if last.step != fresh || f.compare(c, last) >= 0 {
			return false
		}
		f.remove(last)
		delete(f.addrs, last.addr)
		f.crowd.remove(last.addr.Addr())
		return true
	}
	return false
}

func (f *frontier) insert(c *candidate) {
	i, _ := slices.BinarySearchFunc(f.list, c, f.compare)
	f.list = slices.Insert(f.list, i, c)
	f.kind[c.secure]++
}

func (f *frontier) remove(c *candidate) {
	f.list = slices.DeleteFunc(f.list, func(o *candidate) bool { return o == c })
	f.kind[c.secure]--
}

// compare orders by distance.
func (f *frontier) compare(a, b *candidate) int {
	if c := f.target.near(a.id, b.id); c != 0 {
		return c
	}
	return a.addr.Compare(b.addr)
}

// take notes that a node answered, with the id that it gave.
func (f *frontier) take(c *candidate, id nodeID) {
	c.step = answered
	if c.by != nil {
		c.by.named.alive++
	}
	if c.id != id {
		f.remove(c)
		c.id, c.secure = id, secure(id, c.addr.Addr())
		f.insert(c)
	}
}

// fail notes that a node did not answer.
func (f *frontier) fail(c *candidate) {
	c.step = failed
	if c.by != nil {
		c.by.named.dead++
	}
}

// next returns the nearest node still to be asked, nil once the nearest ones of both kinds have answered.
func (f *frontier) next() *candidate {
	near := map[bool]int{}
	for _, c := range f.list {
		switch {
		case near[c.secure] == searchWidth:
		case c.step == fresh && !c.misled():
			return c
		case c.step == answered:
			near[c.secure]++
		}
	}
	return nil
}

// nearest returns the nearest nodes that answered, first those whose ids are right, then those others that are among
// the nearest of all. What is to be found by everybody goes to both (BEP 42).
func (f *frontier) nearest() (right, others []*candidate) {
	for _, c := range f.list {
		switch {
		case c.step != answered:
		case c.secure && len(right) < searchWidth:
			right = append(right, c)
		case !c.secure && len(right)+len(others) < searchWidth:
			others = append(others, c)
		}
	}
	return right, others
}

// waiting counts the nodes that were asked and have not answered: all of them, those that are not slow yet
// and those that are not late yet.
func (f *frontier) waiting() (all, prompt, hopeful int) {
	for _, c := range f.list {
		if c.step != asked {
			continue
		}
		all++
		switch age := time.Since(c.askedAt); {
		case age < slowTime:
			prompt++
			fallthrough
		case age < lateTime:
			hopeful++
		}
	}
	return all, prompt, hopeful
}
