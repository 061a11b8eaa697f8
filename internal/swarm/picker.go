package swarm

import (
	"math/bits"
	"math/rand/v2"
)

// randomFirst is how many pieces are picked at random before rarity counts: a newcomer needs
// something to trade soon, and the rarest pieces come slowly (BEP 3 leaves the order to the client).
const randomFirst = 4

// scanLimit bounds the search of a bucket before the picker goes over the peer's set instead.
const scanLimit = 128

// picker knows which pieces are missing and how many peers have each. It holds no lock: it lies under
// the torrent's.
type picker struct {
	missing bitset    // wanted, not here, not being fetched
	avail   []uint16  // peers that have a piece, seeds not counted
	buckets [][]int32 // missing pieces by availability
	pos     []int32   // place of a missing piece in its bucket
	seeds   int       // peers that have everything
	left    int       // number of missing pieces
	got     int       // pieces fetched in this run

	sequential bool
	limit      int // pieces from here on may not be picked yet
	head       int // no word before this one has a missing piece, where the order is sequential
	rand       *rand.Rand
}

// newPicker makes a picker of n pieces of which those in want are missing.
func newPicker(n int, want bitset, sequential bool, r *rand.Rand) *picker {
	k := &picker{
		missing: newBitset(n), avail: make([]uint16, n), pos: make([]int32, n),
		buckets: make([][]int32, 1), sequential: sequential, limit: n, rand: r,
	}
	for _, i := range r.Perm(n) {
		if want.has(i) {
			k.add(i)
		}
	}
	return k
}

// add puts piece i among the missing.
func (k *picker) add(i int) {
	if k.missing.has(i) {
		return
	}
	k.missing.set(i)
	k.head = min(k.head, i>>6)
	k.left++
	k.insert(i)
}

// remove takes piece i out of the missing: it is being fetched, or here.
func (k *picker) remove(i int) {
	if !k.missing.has(i) {
		return
	}
	k.missing.clear(i)
	k.left--
	k.drop(i)
}

func (k *picker) insert(i int) {
	a := int(k.avail[i])
	for len(k.buckets) <= a {
		k.buckets = append(k.buckets, nil)
	}
	k.pos[i] = int32(len(k.buckets[a]))
	k.buckets[a] = append(k.buckets[a], int32(i))
}

func (k *picker) drop(i int) {
	b := k.buckets[k.avail[i]]
	last := len(b) - 1
	b[k.pos[i]] = b[last]
	k.pos[b[last]] = k.pos[i]
	k.buckets[k.avail[i]] = b[:last]
}

// change moves piece i by d in availability.
func (k *picker) change(i, d int) {
	if k.missing.has(i) {
		k.drop(i)
		k.avail[i] = uint16(int(k.avail[i]) + d)
		k.insert(i)
		return
	}
	k.avail[i] = uint16(int(k.avail[i]) + d)
}

// gained says that a peer, no seed, has piece i now.
func (k *picker) gained(i int) { k.change(i, 1) }

// lost says that a peer, no seed, has piece i no longer.
func (k *picker) lost(i int) { k.change(i, -1) }

// count adds (d = 1) or takes away (d = -1) what a peer has. A seed is only counted.
func (k *picker) count(has bitset, seed bool, d int) {
	if seed {
		k.seeds += d
		return
	}
	for w, word := range has {
		for ; word != 0; word &= word - 1 {
			k.change(w*64+bits.TrailingZeros64(word), d)
		}
	}
}

// rare is how many of the missing pieces no peer has.
func (k *picker) rare() int {
	if k.seeds > 0 {
		return 0
	}
	return len(k.buckets[0])
}

// pick chooses a missing piece of those in has: in order if the torrent is sequential, at random for
// the first few, else the rarest. It returns -1 if there is none. The piece stays among the missing
// until remove.
func (k *picker) pick(has bitset) int {
	switch {
	case k.left == 0:
		return -1
	case k.sequential:
		for k.head < len(k.missing)-1 && k.missing[k.head] == 0 {
			k.head++
		}
		if i := k.first(has, k.head); i < k.limit {
			return i
		}
		return -1
	case k.got < randomFirst:
		return k.random(has)
	}
	for _, b := range k.buckets {
		if len(b) == 0 {
			continue
		}
		// A random start keeps peers that see the same rarity from all asking for the same piece.
		start := k.rand.IntN(len(b))
		for n := range min(len(b), scanLimit) {
			if i := int(b[(start+n)%len(b)]); has.has(i) {
				return i
			}
		}
		if len(b) > scanLimit {
			return k.rarestOf(has)
		}
	}
	return -1
}

// first returns the first missing piece in has, from word on.
func (k *picker) first(has bitset, word int) int {
	for w := word; w < len(has); w++ {
		if m := has[w] & k.missing[w]; m != 0 {
			return w*64 + bits.TrailingZeros64(m)
		}
	}
	return -1
}

// random returns the first missing piece in has at or behind a random place.
func (k *picker) random(has bitset) int {
	start := k.rand.IntN(len(k.avail))
	w := start >> 6
	if m := has[w] & k.missing[w] &^ (1<<(start&63) - 1); m != 0 {
		return w*64 + bits.TrailingZeros64(m)
	}
	if i := k.first(has, w+1); i >= 0 {
		return i
	}
	return k.first(has, 0)
}

// rarestOf goes over all that the peer has.
func (k *picker) rarestOf(has bitset) int {
	best, seen := -1, 0
	for w := range has {
		for m := has[w] & k.missing[w]; m != 0; m &= m - 1 {
			i := w*64 + bits.TrailingZeros64(m)
			switch {
			case best < 0 || k.avail[i] < k.avail[best]:
				best, seen = i, 1
			case k.avail[i] == k.avail[best]:
				if seen++; k.rand.IntN(seen) == 0 {
					best = i
				}
			}
		}
	}
	return best
}
