package metainfo

import (
	"crypto/sha1"
	"encoding/binary"
	"hash"
)

// HashPair returns the SHA-1 hashes of two pieces. Where the processor has
// the SHA extensions and the pieces are of the same length, that takes little
// longer than one of them.
func HashPair(a, b []byte) (Hash, Hash) {
	if !hasSHABlocks || len(a) != len(b) {
		return sha1.Sum(a), sha1.Sum(b)
	}
	var p SHA1Pair
	p.Reset()
	p.Write(a, b)
	return p.Sums()
}

// SHA1Pair hashes two streams of the same length side by side, as HashPair
// does. It has to be reset before its first use.
type SHA1Pair struct {
	a, b   [5]uint32
	length uint64
	tail   [2][128]byte // the bytes after the last whole block
	plain  [2]hash.Hash // where the processor cannot do both at once
}

// Reset begins two new streams.
func (p *SHA1Pair) Reset() {
	p.length = 0
	if hasSHABlocks {
		p.a = [5]uint32{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}
		p.b = p.a
		return
	}
	for i := range p.plain {
		if p.plain[i] == nil {
			p.plain[i] = sha1.New()
		}
		p.plain[i].Reset()
	}
}

// Write adds bytes to both streams. The two have the same length, which is a
// multiple of 64 in every call but the last.
func (p *SHA1Pair) Write(a, b []byte) {
	p.length += uint64(len(a))
	if !hasSHABlocks {
		p.plain[0].Write(a)
		p.plain[1].Write(b)
		return
	}
	// The scheduler cannot interrupt assembly, so it gets no more at a time
	// than takes some ten microseconds.
	const atMost = 32 << 10 / sha1.BlockSize
	for len(a) >= sha1.BlockSize {
		blocks := min(len(a)/sha1.BlockSize, atMost)
		sha1Blocks(&p.a, &p.b, &a[0], &b[0], blocks)
		a, b = a[blocks*sha1.BlockSize:], b[blocks*sha1.BlockSize:]
	}
	copy(p.tail[0][:], a)
	copy(p.tail[1][:], b)
}

// Sums ends both streams.
func (p *SHA1Pair) Sums() (a, b Hash) {
	if !hasSHABlocks {
		p.plain[0].Sum(a[:0])
		p.plain[1].Sum(b[:0])
		return a, b
	}
	blocks := endBlocks(p.tail[0][:], p.length)
	endBlocks(p.tail[1][:], p.length)
	sha1Blocks(&p.a, &p.b, &p.tail[0][0], &p.tail[1][0], blocks)
	for i := range p.a {
		binary.BigEndian.PutUint32(a[4*i:], p.a[i])
		binary.BigEndian.PutUint32(b[4*i:], p.b[i])
	}
	return a, b
}
