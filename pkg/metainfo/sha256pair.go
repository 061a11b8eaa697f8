package metainfo

import (
	"crypto/sha256"
	"encoding/binary"
)

// sha256Start is the state before the first block (FIPS 180-4).
var sha256Start = [8]uint32{
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
}

// sum256Pair returns the SHA-256 hashes of two inputs. Where the processor has
// the SHA extensions and the inputs are of the same length, that takes little
// longer than one of them.
func sum256Pair(a, b []byte) (sumA, sumB Hash256) {
	if !hasSHABlocks || len(a) != len(b) {
		return sha256.Sum256(a), sha256.Sum256(b)
	}
	stateA, stateB := sha256Start, sha256Start
	whole := len(a) / sha256.BlockSize * sha256.BlockSize
	if whole > 0 {
		sha256Blocks(&stateA, &stateB, &a[0], &b[0], whole/sha256.BlockSize)
	}
	var tailA, tailB [2 * sha256.BlockSize]byte
	copy(tailA[:], a[whole:])
	end := endBlocks(tailA[:], uint64(len(a)))
	copy(tailB[:], b[whole:])
	endBlocks(tailB[:], uint64(len(b)))
	sha256Blocks(&stateA, &stateB, &tailA[0], &tailB[0], end)
	for i := range stateA {
		binary.BigEndian.PutUint32(sumA[4*i:], stateA[i])
		binary.BigEndian.PutUint32(sumB[4*i:], stateB[i])
	}
	return sumA, sumB
}

// endBlocks completes the last blocks of a SHA-1 or SHA-256 input. tail holds
// what came after the last whole block; length is that of the whole input, in
// bytes. The result is how many blocks there are in tail now, one or two.
func endBlocks(tail []byte, length uint64) int {
	const block = sha256.BlockSize
	rest, blocks := int(length%block), 1
	if rest+9 > block {
		blocks = 2
	}
	clear(tail[rest : blocks*block])
	tail[rest] = 0x80
	binary.BigEndian.PutUint64(tail[blocks*block-8:], length*8)
	return blocks
}
