package view

import (
	"fmt"

	"github.com/shoal-project/shoal/internal/ui"
)

// mark is what a cell of the map of pieces shows.
type mark int

const (
	have     mark = iota // all of its pieces
	coming               // some of them are on their way
	partly               // some are there
	missing              // none is
	nowhere              // one is missing that nobody has
	unwanted             // all are left out
)

// Characters of the marks, with block characters and without.
var (
	blockMarks = [...]string{have: "█", coming: "▒", partly: "▄", missing: "·", nowhere: "×", unwanted: " "}
	asciiMarks = [...]string{have: "#", coming: "+", partly: "=", missing: ".", nowhere: "!", unwanted: " "}
	markNames  = [...]string{have: "have", coming: "coming", partly: "part", missing: "missing", nowhere: "nobody has it", unwanted: "not wanted"}
)

// pieceMap is the pieces compressed to a number of cells.
type pieceMap struct {
	cells     []mark
	per       float64 // pieces a cell
	done      int
	least     int     // of the missing pieces' availability
	mean      float64 // of the availability of all
	available []float32
	known     bool // what is available
}

// bit says whether a piece's bit is set.
func bit(bits []byte, i int) bool {
	return i>>3 < len(bits) && bits[i>>3]&(0x80>>(i&7)) != 0
}

// compress looks at every piece once. A cell is one piece where there are fewer pieces than cells.
func compress(p Pieces, cells int) pieceMap {
	cells = min(cells, p.Total)
	if cells <= 0 {
		return pieceMap{}
	}
	m := pieceMap{
		cells: make([]mark, cells), available: make([]float32, cells), per: float64(p.Total) / float64(cells),
		least: -1, known: len(p.Available) == p.Total,
	}
	on := map[int]bool{}
	for _, i := range p.Coming {
		if i >= 0 && i < p.Total {
			on[int(int64(i)*int64(cells)/int64(p.Total))] = true
		}
	}
	sum := 0.0
	for cell := range cells {
		// The pieces of a cell are those that on puts into it.
		begin, end := firstOf(cell, cells, p.Total), firstOf(cell+1, cells, p.Total)
		s := m.share(p, begin, end)
		sum += s.available
		m.cells[cell] = s.mark(on[cell])
		m.available[cell] = float32(s.available / float64(end-begin))
		m.done += s.have
	}
	if m.known {
		m.mean = sum / float64(p.Total)
	}
	return m
}

// share is what the pieces of one cell add up to.
type share struct {
	have, wanted int // of those that are wanted or there
	nowhere      bool
	available    float64
}

func (m *pieceMap) share(p Pieces, begin, end int) share {
	var s share
	for i := begin; i < end; i++ {
		there := bit(p.Have, i)
		left := !there && bit(p.Unwanted, i)
		if there {
			s.have++
		}
		if !left {
			s.wanted++
		}
		if !m.known {
			continue
		}
		n := int(p.Available[i])
		s.available += float64(n)
		if !there && !left {
			s.nowhere = s.nowhere || n == 0
			if m.least < 0 || n < m.least {
				m.least = n
			}
		}
	}
	return s
}

func (s share) mark(on bool) mark {
	switch {
	case s.wanted == 0:
		return unwanted
	case s.have == s.wanted:
		return have
	case on:
		return coming
	case s.nowhere:
		return nowhere
	case s.have > 0:
		return partly
	}
	return missing
}

// summary is the map in words.
func (m *pieceMap) summary(total int) string {
	text := fmt.Sprintf("%d of %d", m.done, total)
	if m.known && m.least >= 0 {
		text += fmt.Sprintf(", rarest at %s", ui.Plural(int64(m.least), "peer"))
	}
	if m.known {
		text += fmt.Sprintf(", %.1f copies", m.mean)
	}
	return text
}

// firstOf is the first piece of a cell.
func firstOf(cell, cells, total int) int {
	return int((int64(cell)*int64(total) + int64(cells) - 1) / int64(cells))
}
