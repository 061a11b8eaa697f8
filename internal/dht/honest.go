package dht

import "slices"

const (
	minJury   = 3 // filters that are compared with one another; fewer are all believed
	maxExcess = 8 // times the median, and as many on top, that a filter may hold
)

// honest picks one filter of each statement and leaves out those that hold far more than the median.
func honest(all []said, pick func(said) *bloom) []*bloom {
	filters := make([]*bloom, len(all))
	sizes := make([]float64, len(all))
	for i, f := range all {
		filters[i] = pick(f)
		sizes[i] = filters[i].estimate()
	}
	if len(filters) < minJury {
		return filters
	}
	slices.Sort(sizes)
	limit := maxExcess * (sizes[(len(sizes)-1)/2] + 1)
	return slices.DeleteFunc(filters, func(f *bloom) bool { return f.estimate() > limit })
}
