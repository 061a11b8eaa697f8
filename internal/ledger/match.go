package ledger

import (
	"errors"
	"slices"
	"strings"
)

// ErrAmbiguous is the beginning of an ID that fits several transfers.
var ErrAmbiguous = errors.New("several transfers begin like this")

// Find returns the one record whose ID begins with prefix, in whatever case. ErrUnknown where there is none,
// ErrAmbiguous where there are several.
func Find(records []Record, prefix string) (Record, error) {
	prefix = strings.ToLower(prefix)
	found := -1
	for i := range records {
		if prefix == "" || !strings.HasPrefix(records[i].ID, prefix) {
			continue
		}
		if found >= 0 {
			return Record{}, ErrAmbiguous
		}
		found = i
	}
	if found < 0 {
		return Record{}, ErrUnknown
	}
	return records[found], nil
}

// shortest is how long a short ID is at least.
const shortest = 8

// Short returns for each record the beginning of its ID that no other one has, 8 characters at least. Where one
// torrent went to several places it is the whole ID.
func Short(records []Record) []string {
	order := make([]int, len(records))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(records[a].ID, records[b].ID) })
	need := make([]int, len(records))
	for k := 1; k < len(order); k++ {
		a, b := order[k-1], order[k]
		n := sharedPrefix(records[a].ID, records[b].ID) + 1
		need[a], need[b] = max(need[a], n), max(need[b], n)
	}
	short := make([]string, len(records))
	for i, r := range records {
		n := max(shortest, need[i])
		if n > len(r.InfoHash) {
			n = len(r.ID)
		}
		short[i] = r.ID[:min(n, len(r.ID))]
	}
	return short
}

func sharedPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
