package metainfo

import "crypto/sha1"

// leastSparse is the size from which on a file is asked for holes, in bytes.
const leastSparse = 256 << 10

// holes finds what of one file is not on disk. It remembers the last answer,
// so that reading in order asks once for each stretch.
type holes struct {
	some       bool // there may be any
	start, end int64
	hole       bool // what lies between is one
}

// cover tells whether n bytes from off on lie in a hole.
func (h *holes) cover(f *diskFile, off, n int64) bool {
	if off < h.start || off >= h.end {
		h.start = off
		h.end, h.hole = f.extent(off)
	}
	return h.hole && off+n <= h.end
}

// blankPiece returns the hashes of a whole piece of zeros.
func (s *scan) blankPiece() (Hash, Hash256) {
	s.blankOnce.Do(func() {
		if s.sha1 {
			h, zeros := sha1.New(), make([]byte, leafLength)
			for range s.info.PieceLength / leafLength {
				h.Write(zeros)
			}
			h.Write(zeros[:s.info.PieceLength%leafLength])
			h.Sum(s.blankSum[:0])
		}
		if s.merkle {
			leaf, width := Leaf(make([]byte, leafLength)), int(s.info.PieceLength/leafLength)
			s.blankRoot = Root(nil, leaf, width)
		}
	})
	return s.blankSum, s.blankRoot
}
