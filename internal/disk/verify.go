package disk

import (
	"crypto/sha1"
	"hash"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// verifier hashes one piece at a time. A worker keeps one for each way of hashing that it has met. Every write but the
// last of a piece is a multiple of BlockSize bytes, which is what a tree of 16 KiB leaves needs.
type verifier interface {
	reset(info *metainfo.Info, piece int)
	write(p []byte)
	// sum ends the piece. A SHA-1 is followed by zeros.
	sum() metainfo.Hash256
}

// expected is what a piece has to hash to.
func (s *Storage) expected(piece int) metainfo.Hash256 { return expected(s.info, s.o.Layers, piece) }

func expected(info *metainfo.Info, layers map[metainfo.Hash256][]byte, piece int) metainfo.Hash256 {
	if info.HasV1() {
		return widen(info.PieceHash(piece))
	}
	root, _ := info.PieceRoot(piece, layers)
	return root
}

func widen(h metainfo.Hash) (wide metainfo.Hash256) {
	copy(wide[:], h[:])
	return wide
}

// pieceHash is the SHA-1 of a piece (BEP 3).
type pieceHash struct {
	h hash.Hash
	b metainfo.Hash256
}

func newPieceHash() *pieceHash { return &pieceHash{h: sha1.New()} }

func (v *pieceHash) reset(*metainfo.Info, int) { v.h.Reset() }

func (v *pieceHash) write(p []byte) { v.h.Write(p) }

func (v *pieceHash) sum() metainfo.Hash256 {
	v.h.Sum(v.b[:0])
	return v.b
}

// treeHash is the root of the merkle tree over the blocks of a piece (BEP 52).
type treeHash struct {
	leaves []metainfo.Hash256
	width  int // leaves of the full tree
}

func (v *treeHash) reset(info *metainfo.Info, piece int) {
	v.leaves, v.width = v.leaves[:0], treeWidth(info, piece)
}

// treeWidth is how many leaves the full tree of a piece has: those of a whole piece, or for a file that is
// smaller the least power of two that is enough.
func treeWidth(info *metainfo.Info, piece int) int {
	f := &info.Files[info.FileAt(int64(piece)*info.PieceLength)]
	if f.Length > info.PieceLength {
		return int(info.PieceLength / BlockSize)
	}
	width := 1
	for int64(width)*BlockSize < f.Length {
		width *= 2
	}
	return width
}

func (v *treeHash) write(p []byte) {
	for len(p) > 0 {
		n := min(len(p), BlockSize)
		v.leaves = append(v.leaves, metainfo.Leaf(p[:n]))
		p = p[n:]
	}
}

func (v *treeHash) sum() metainfo.Hash256 {
	return metainfo.Root(v.leaves, metainfo.Hash256{}, v.width)
}
