package metainfo

import (
	"crypto/sha256"
	"math/bits"
)

// leafLength is the bytes of data below one leaf of a v2 merkle tree (BEP 52).
const leafLength = 16 << 10

// Leaf returns the leaf hash of up to 16 KiB of data.
func Leaf(data []byte) Hash256 { return sha256.Sum256(data) }

// node256 returns the hash of an inner node.
func node256(left, right Hash256) Hash256 {
	var both [2 * len(left)]byte
	copy(both[:], left[:])
	copy(both[len(left):], right[:])
	return sha256.Sum256(both[:])
}

// Root returns the root of the merkle tree over the nodes of one level. The
// level is filled up to width nodes with pad, which is the zero hash for leaves
// and ZeroRoot for pieces; width is a power of two, and not less than
// len(nodes). Root overwrites nodes.
func Root(nodes []Hash256, pad Hash256, width int) Hash256 {
	for ; width > 1; width /= 2 {
		if len(nodes)%2 == 1 {
			last := len(nodes) - 1
			right := node256(nodes[last], pad)
			nodes = append(level(nodes[:last]), right)
		} else {
			nodes = level(nodes)
		}
		pad = node256(pad, pad)
	}
	if len(nodes) == 0 {
		return pad
	}
	return nodes[0]
}

// level replaces an even number of nodes by the level above them, in place.
func level(nodes []Hash256) []Hash256 {
	const size = len(Hash256{})
	var a, b [2 * size]byte
	half := len(nodes) / 2
	i := 0
	for ; i+1 < half; i += 2 {
		copy(a[:], nodes[2*i][:])
		copy(a[size:], nodes[2*i+1][:])
		copy(b[:], nodes[2*i+2][:])
		copy(b[size:], nodes[2*i+3][:])
		nodes[i], nodes[i+1] = sum256Pair(a[:], b[:])
	}
	if i < half {
		nodes[i] = node256(nodes[2*i], nodes[2*i+1])
	}
	return nodes[:half]
}

// ZeroRoot returns the root of a tree over leaves zero hashes; leaves is a
// power of two. It stands for a piece behind the end of a file.
func ZeroRoot(leaves int) Hash256 {
	var h Hash256
	for ; leaves > 1; leaves /= 2 {
		h = node256(h, h)
	}
	return h
}

// ceilPow2 returns the smallest power of two that is at least n, and 1 for 0.
func ceilPow2(n int) int {
	if n <= 1 {
		return 1
	}
	return 1 << bits.Len(uint(n-1))
}

// ceilDiv returns a/b rounded up, for positive numbers.
func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }
