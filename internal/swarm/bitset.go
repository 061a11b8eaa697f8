package swarm

import (
	"math/bits"
	"sync/atomic"
)

// bitset is a set of piece indices.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) has(i int) bool { return b[i>>6]&(1<<(i&63)) != 0 }
func (b bitset) set(i int)      { b[i>>6] |= 1 << (i & 63) }
func (b bitset) clear(i int)    { b[i>>6] &^= 1 << (i & 63) }

func (b bitset) count() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// fill sets the first n bits.
func (b bitset) fill(n int) {
	for i := range b {
		b[i] = ^uint64(0)
	}
	if n&63 != 0 {
		b[len(b)-1] = 1<<(n&63) - 1
	}
}

// common counts the members of both sets.
func (b bitset) common(o bitset) int {
	n := 0
	for i, w := range b {
		n += bits.OnesCount64(w & o[i])
	}
	return n
}

// parseBitfield reads the payload of a bitfield message for n pieces (BEP 3): the high bit of the first
// byte is piece 0. It reports false where the length is wrong. Spare bits are ignored.
func parseBitfield(b []byte, n int) (bitset, bool) {
	if len(b) != (n+7)/8 {
		return nil, false
	}
	s := newBitset(n)
	for i, v := range b {
		s[i>>3] |= uint64(bits.Reverse8(v)) << (8 * (i & 7))
	}
	if n&63 != 0 {
		s[len(s)-1] &= 1<<(n&63) - 1
	}
	return s, true
}

// appendBitfield appends the payload of a bitfield message for n pieces.
func (b bitset) appendBitfield(dst []byte, n int) []byte {
	for i := range (n + 7) / 8 {
		dst = append(dst, bits.Reverse8(byte(b[i>>3]>>(8*(i&7)))))
	}
	return dst
}

// sharedSet is a set that is read without a lock.
type sharedSet []atomic.Uint64

func (s sharedSet) has(i int) bool { return s[i>>6].Load()&(1<<(i&63)) != 0 }
func (s sharedSet) set(i int)      { s[i>>6].Or(1 << (i & 63)) }
func (s sharedSet) clear(i int)    { s[i>>6].And(^uint64(1 << (i & 63))) }

// word is members 64*w and on, 0 behind the end.
func (s sharedSet) word(w int) uint64 {
	if w >= len(s) {
		return 0
	}
	return s[w].Load()
}

func (s sharedSet) snapshot() bitset {
	b := make(bitset, len(s))
	for i := range s {
		b[i] = s[i].Load()
	}
	return b
}
