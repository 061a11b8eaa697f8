package disk

import (
	"context"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// plan sorts the pieces into those that are believed, those to be hashed, and those that are not there.
func (c *check) plan(ctx context.Context) error {
	s := c.s
	c.known = newBitmap(s.info.NumPieces())
	c.total = s.Need()
	p := planner{s: s, intact: s.intactFiles(), holes: holeFinder{s: s}}
	defer p.holes.leave()
	for piece := range s.info.NumPieces() {
		if piece%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		switch p.sort(piece) {
		case vouched:
			c.known.set(piece)
		case readable:
			c.todo = append(c.todo, int32(piece))
			continue
		case found:
			c.good.set(piece)
		}
		c.done.Add(s.stored(piece))
	}
	return nil
}

// What a planner finds out about a piece.
type finding int

const (
	missing  finding = iota // not on disk, or not all of it
	vouched                 // the state knows it, and the files are as they were then
	found                   // right without hashing
	readable                // to be hashed
)

type planner struct {
	s      *Storage
	intact []bool // files that are exactly as the state recorded them; nil where there is no state
	holes  holeFinder
	zeros  map[zeroKey]metainfo.Hash256 // what so many zeros hash to
}

// intactFiles tells which files are exactly as the state recorded them.
func (s *Storage) intactFiles() []bool {
	if s.loaded == nil || s.o.Recheck {
		return nil
	}
	intact := make([]bool, len(s.files))
	for _, r := range s.loaded.records {
		x := &s.files[r.file]
		intact[r.file] = (x.status == part || x.status == final) && x.rec == r.record
	}
	return intact
}

func (p *planner) sort(piece int) finding {
	claimed := p.intact != nil && p.s.loaded.have.has(piece)
	intact := p.intact != nil
	whole, exact, stored, holed := true, true, false, true
	for c := pieceCursor(p.s.info, piece); c.next(); {
		if c.file == nowhere {
			continue
		}
		if !p.s.selected(c.file) {
			whole = false
			continue
		}
		stored = true
		x := &p.s.files[c.file]
		onDisk := x.status == part || x.status == final
		intact = intact && p.intact[c.file]
		whole = whole && onDisk && c.off+c.n <= x.rec.size
		exact = exact && x.status == final && x.rec.size == p.s.info.Files[c.file].Length
		holed = holed && whole && x.status == part && p.holes.hole(c.file, c.off, c.n)
	}
	switch {
	case stored && intact && claimed:
		return vouched
	case stored && intact, !whole:
		return missing // where files are as they were, what was not had then is not had now
	case p.s.o.Trusted && stored:
		if exact {
			return found
		}
		return missing
	case stored && holed:
		if p.zeroPiece(piece) {
			return found
		}
		return missing
	}
	return readable
}

// zeroPiece tells whether a piece has nothing but zeros. A hole is not worth reading, but some file systems turn zeros into
// holes.
func (p *planner) zeroPiece(piece int) bool {
	info := p.s.info
	key := zeroKey{n: info.PieceSize(piece)}
	if !info.HasV1() {
		key.width = treeWidth(info, piece)
	}
	sum, known := p.zeros[key]
	if !known {
		var w worker
		v := w.verifier(p.s)
		v.reset(info, piece)
		var z Block
		for left := key.n; left > 0; left -= BlockSize {
			v.write(z[:min(left, BlockSize)])
		}
		sum = v.sum()
		if p.zeros == nil {
			p.zeros = make(map[zeroKey]metainfo.Hash256)
		}
		p.zeros[key] = sum
	}
	return sum == p.s.expected(piece)
}

// zeroKey is what the hash of so many zeros depends on.
type zeroKey struct {
	n     int64
	width int
}
