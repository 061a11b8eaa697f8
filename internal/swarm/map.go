package swarm

import "math"

// Cell sums up neighbouring pieces, for a map of a torrent that is narrower than its number of pieces.
type Cell struct {
	Pieces int // how many it stands for
	Wanted int // of those, wanted
	Have   int // verified
	Open   int // being fetched
	Fewest int // the fewest peers that have one of the wanted pieces that are not here; -1 where all are here
}

// Map divides the pieces into at most n cells of about the same size, in order; nil until it is known what is there.
func (t *Torrent) Map(n int) []Cell {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.picker == nil || n <= 0 {
		return nil
	}
	pieces := t.info.NumPieces()
	n = min(n, pieces)
	cells := make([]Cell, n)
	for i := range cells {
		cells[i].Fewest = math.MaxInt
	}
	for i := range pieces {
		c := &cells[i*n/pieces]
		c.Pieces++
		if t.want.has(i) {
			c.Wanted++
		}
		if t.verified.has(i) {
			c.Have++
			continue
		}
		if t.want.has(i) {
			c.Fewest = min(c.Fewest, t.picker.seeds+int(t.picker.avail[i]))
		}
	}
	for i := range cells {
		if cells[i].Fewest == math.MaxInt {
			cells[i].Fewest = -1
		}
	}
	for _, part := range t.open {
		cells[part.index*n/pieces].Open++
	}
	return cells
}
