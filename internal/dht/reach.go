package dht

import (
	"net/netip"
	"sync"
	"time"
)

const (
	// trialTime is how long a node waits for somebody whom it did not write to first. Until then it counts
	// as reachable: who says from the start that it cannot be reached is never tried.
	trialTime = 20 * time.Minute

	// trialAgain is how long nobody may have come before there is a new trial, and how long a node that
	// failed its trial stays read-only before the next.
	trialAgain = 2 * time.Hour

	// crowdedNodes is how many nodes a family must know for the question to be asked at all: where there are
	// few, everybody has written to everybody.
	crowdedNodes = 50

	contactTime = 10 * time.Minute // a router forgets sooner whom we wrote to
	maxContacts = 16384            // hosts remembered in that time
)

// reach finds out whether a node can be reached from outside (BEP 43): whether queries come from hosts that
// it did not write to. The zero value is ready for use.
type reach struct {
	mu       sync.Mutex
	began    time.Time // of the trial
	visited  time.Time // when such a query came last
	since    time.Time // of the younger of the two sets
	contacts [2]map[netip.Addr]bool
	full     bool // more hosts were written to than are remembered
}

// wrote notes that a packet went to a host.
func (r *reach) wrote(to netip.Addr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if age := time.Since(r.since); age >= contactTime {
		r.contacts[1] = r.contacts[0]
		if age >= 2*contactTime {
			r.contacts[1] = nil
		}
		r.contacts[0], r.since, r.full = map[netip.Addr]bool{}, time.Now(), false
	}
	if len(r.contacts[0]) < maxContacts {
		r.contacts[0][to] = true
	} else {
		r.full = true
	}
}

// visit notes a query, before it is answered.
func (r *reach) visit(from netip.Addr) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if public(from) && !r.full && !r.contacts[0][from] && !r.contacts[1][from] {
		r.visited = time.Now()
	}
}

// restart begins a new trial: our address is another one.
func (r *reach) restart() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.began, r.visited = time.Time{}, time.Time{}
}

// readOnly reports whether the node failed its trial. known is how many nodes it knows now.
func (r *reach) readOnly(known int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	age := now.Sub(r.began)
	if known < crowdedNodes || now.Sub(r.visited) < trialAgain || age >= trialTime+trialAgain {
		r.began = now // there is no doubt, or it is time to try again
		return false
	}
	return age >= trialTime
}
