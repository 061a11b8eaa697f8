package scenario

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/shoal-project/shoal/internal/disk"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

const (
	blockSize = disk.BlockSize
	markSize  = 16
)

// Content is a torrent whose bytes follow from a seed.
type Content struct {
	Info *metainfo.Info
	seed uint64
}

// NewContent makes a torrent of one file. pieceLength has to be a multiple of 16 KiB.
func NewContent(seed uint64, length, pieceLength int64) (*Content, error) {
	if pieceLength%blockSize != 0 {
		return nil, fmt.Errorf("make content: piece length %d is no multiple of %d", pieceLength, blockSize)
	}
	n := int((length + pieceLength - 1) / pieceLength)
	hashes := make([]byte, 20*n)
	r := rand.New(rand.NewPCG(seed, 0xc0))
	for i := range hashes {
		hashes[i] = byte(r.Uint32())
	}
	name := fmt.Sprintf("content-%d", seed)
	raw := fmt.Appendf(nil, "d6:lengthi%de4:name%d:%s12:piece lengthi%de6:pieces%d:", length, len(name), name, pieceLength, len(hashes))
	raw = append(append(raw, hashes...), 'e')
	info, err := metainfo.ParseInfo(raw)
	if err != nil {
		return nil, fmt.Errorf("make content: %w", err)
	}
	return &Content{Info: info, seed: seed}, nil
}

// mark is what block number i of the torrent begins and ends with.
func (c *Content) mark(i int64) (m [markSize]byte) {
	x := (uint64(i)+1)*0x9e3779b97f4a7c15 ^ c.seed
	x ^= x >> 29
	x *= 0xbf58476d1ce4e5b9
	binary.LittleEndian.PutUint64(m[:], x^x>>32)
	binary.LittleEndian.PutUint64(m[8:], uint64(i))
	return m
}

// fill makes up the bytes from off on, an offset in the torrent.
func (c *Content) fill(b []byte, off int64) {
	clear(b)
	for len(b) > 0 {
		i, in := off/blockSize, int(off%blockSize)
		n := min(blockSize-in, len(b))
		m := c.mark(i)
		overlay(b[:n], in, m[:], 0)
		overlay(b[:n], in, m[:], int(c.blockLen(i))-markSize)
		b, off = b[n:], off+int64(n)
	}
}

// overlay copies what of src, which lies at offset at, falls into b, which lies at offset in.
func overlay(b []byte, in int, src []byte, at int) {
	for i, v := range src {
		if k := at + i - in; k >= 0 && k < len(b) {
			b[k] = v
		}
	}
}

// blockLen is the length of block i, which is shorter than others at the end of the torrent only.
func (c *Content) blockLen(i int64) int64 { return min(blockSize, c.Info.Length-i*blockSize) }

// right reports whether b is block i.
func (c *Content) right(b *disk.Block, i int64) bool {
	n := c.blockLen(i)
	if n < markSize {
		return true
	}
	m := c.mark(i)
	return bytes.Equal(b[n-markSize:n], m[:]) && (n < 2*markSize || bytes.Equal(b[:markSize], m[:]))
}
