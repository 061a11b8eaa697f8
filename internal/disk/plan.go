package disk

import (
	"context"
	"crypto/sha1"

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
	zeros  map[int64]metainfo.Hash // what so many zeros hash to
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
		if p.zeroHash(p.s.info.PieceSize(piece)) == p.s.info.PieceHash(piece) {
			return found
		}
		return missing
	}
	return readable
}

// zeroHash is what n zeros hash to. A hole is not worth reading, but some file systems turn zeros into holes.
func (p *planner) zeroHash(n int64) metainfo.Hash {
	if h, known := p.zeros[n]; known {
		return h
	}
	v := sha1.New()
	var z Block
	for left := n; left > 0; left -= BlockSize {
		v.Write(z[:min(left, BlockSize)])
	}
	if p.zeros == nil {
		p.zeros = make(map[int64]metainfo.Hash)
	}
	p.zeros[n] = metainfo.Hash(v.Sum(nil))
	return p.zeros[n]
}
