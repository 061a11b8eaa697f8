package disk

import (
	"sort"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// nowhere is the file of bytes that are not stored: padding and gaps.
const nowhere = -1

// cursor walks over the files that a range of the piece space lies in, without allocating:
//
//	for c := newCursor(info, off, n); c.next(); {
//		c.file, c.off, c.at, c.n
//	}
type cursor struct {
	info     *metainfo.Info
	i        int
	pos, end int64
	start    int64

	file int   // index of the file, or nowhere
	off  int64 // where in the file
	at   int64 // where in the range
	n    int64 // how many bytes
}

func newCursor(info *metainfo.Info, off, n int64) cursor {
	i := sort.Search(len(info.Files), func(i int) bool { return info.Files[i].Offset > off }) - 1
	return cursor{info: info, i: max(i, 0), pos: off, start: off, end: off + n}
}

// pieceCursor walks over the files of a piece.
func pieceCursor(info *metainfo.Info, piece int) cursor {
	return newCursor(info, int64(piece)*info.PieceLength, info.PieceSize(piece))
}

func (c *cursor) next() bool {
	if c.pos >= c.end {
		return false
	}
	files := c.info.Files
	for c.i < len(files) && files[c.i].Offset+files[c.i].Length <= c.pos {
		c.i++
	}
	c.at, c.file, c.off, c.n = c.pos-c.start, nowhere, 0, c.end-c.pos
	if c.i < len(files) {
		f := &files[c.i]
		if f.Offset > c.pos {
			c.n = min(c.n, f.Offset-c.pos)
		} else {
			c.n = min(c.n, f.Offset+f.Length-c.pos)
			if !f.Pad {
				c.file, c.off = c.i, c.pos-f.Offset
			}
		}
	}
	c.pos += c.n
	return true
}

// piecesOf is the range of pieces that a file with content touches: first to last, inclusive.
func piecesOf(info *metainfo.Info, file int) (first, last int) {
	f := &info.Files[file]
	return int(f.Offset / info.PieceLength), int((f.Offset + f.Length - 1) / info.PieceLength)
}
