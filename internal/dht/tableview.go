package dht

import (
	"slices"
	"time"
)

func (t *table) entries() []*entry {
	var all []*entry
	for i := range t.buckets {
		all = append(all, t.buckets[i].nodes...)
	}
	return all
}

// closest returns the k nodes nearest to target that do not fail. Those whose ids do not fit their addresses (BEP 42)
// get three places of eight at most while there are others: they may have come to stand between us and the target.
func (t *table) closest(target nodeID, k int) []contact {
	t.mu.Lock()
	defer t.mu.Unlock()
	right, wrong := t.collect(target, k)
	near := func(a, b contact) int { return target.near(a.id, b.id) }
	slices.SortFunc(right, near)
	slices.SortFunc(wrong, near)
	spare := max(k*3/8, k-len(right))
	out := append(right[:min(k, len(right))], wrong[:min(spare, len(wrong))]...)
	slices.SortFunc(out, near)
	return out[:min(k, len(out))]
}

// collect returns nodes that do not fail, the k nearest to target of each kind among them.
func (t *table) collect(target nodeID, k int) (right, wrong []contact) {
	take := func(b *bucket) {
		for _, e := range b.nodes {
			switch {
			case e.failures > 0:
			case e.secure:
				right = append(right, e.contact)
			default:
				wrong = append(wrong, e.contact)
			}
		}
	}
	// Who shares more leading bits with target is nearer: first its own bucket, then those beyond, which share as
	// many as we do, then one bit fewer with each.
	own := min(t.id.prefix(target), len(t.buckets)-1)
	take(&t.buckets[own])
	if len(right) < k {
		for i := range t.buckets[own+1:] {
			take(&t.buckets[own+1+i])
		}
	}
	for i := own - 1; i >= 0 && len(right) < k; i-- {
		take(&t.buckets[i])
	}
	return right, wrong
}

// count returns the number of good nodes, and of all.
func (t *table) count() (good, all int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	for _, e := range t.addrs {
		if e.good(now) {
			good++
		}
	}
	return good, len(t.addrs)
}

// latest returns all nodes, those that answered last first.
func (t *table) latest() []contact {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := t.entries()
	slices.SortStableFunc(all, func(a, b *entry) int {
		if a.failures != b.failures {
			return a.failures - b.failures
		}
		return b.answered.Compare(a.answered)
	})
	cs := make([]contact, len(all))
	for i, e := range all {
		cs[i] = e.contact
	}
	return cs
}
