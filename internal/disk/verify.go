package disk

import (
	"crypto/sha1"
	"hash"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// verifier hashes one piece at a time and says whether it is right. A worker keeps one for each way of
// hashing that it has met. Every write but the last of a piece is a multiple of BlockSize bytes, which is what a tree
// of 16 KiB leaves (BEP 52) needs.
type verifier interface {
	reset()
	write(p []byte)
	matches(info *metainfo.Info, piece int) bool
}

// pieceHash verifies against the SHA-1 of a piece (BEP 3).
type pieceHash struct {
	h   hash.Hash
	sum metainfo.Hash
}

func newPieceHash() *pieceHash { return &pieceHash{h: sha1.New()} }

func (v *pieceHash) reset()         { v.h.Reset() }
func (v *pieceHash) write(p []byte) { v.h.Write(p) }

func (v *pieceHash) matches(info *metainfo.Info, piece int) bool {
	v.h.Sum(v.sum[:0])
	return v.sum == info.PieceHash(piece)
}
