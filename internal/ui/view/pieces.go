package view

import (
	"fmt"

	"github.com/shoal-project/shoal/internal/ui"
)

// mark is what a cell of the map of pieces shows.
type mark int

const (
	have     mark = iota // all that is wanted of it
	coming               // some of it is on its way
	partly               // some of it is there
	missing              // nothing is
	nowhere              // a piece is missing that nobody has
	unwanted             // all of it is left out
)

// Characters of the marks, with block characters and without.
var (
	blockMarks = [...]string{have: "█", coming: "▒", partly: "▄", missing: "·", nowhere: "×", unwanted: " "}
	asciiMarks = [...]string{have: "#", coming: "+", partly: "=", missing: ".", nowhere: "!", unwanted: " "}
	markNames  = [...]string{have: "have", coming: "coming", partly: "part", missing: "missing", nowhere: "nobody has it", unwanted: "not wanted"}
)

func (c Cell) mark() mark {
	switch {
	case c.Have == 0 && c.Wanted == 0:
		return unwanted
	case c.Have >= c.Wanted && c.Fewest < 0:
		return have
	case c.Coming > 0:
		return coming
	case c.Fewest == 0:
		return nowhere
	case c.Have > 0:
		return partly
	}
	return missing
}

// and is two cells as one.
func (c Cell) and(d Cell) Cell {
	fewest := min(c.Fewest, d.Fewest)
	if fewest < 0 { // nothing is missing in one of them
		fewest = max(c.Fewest, d.Fewest)
	}
	return Cell{c.Pieces + d.Pieces, c.Wanted + d.Wanted, c.Have + d.Have, c.Coming + d.Coming, fewest}
}

// compress brings cells to at most so many, each the sum of its share.
func compress(cells []Cell, most int) []Cell {
	if len(cells) <= most {
		return cells
	}
	out := make([]Cell, max(most, 0))
	for i := range out {
		begin, end := i*len(cells)/most, (i+1)*len(cells)/most
		out[i] = sumOf(cells[begin:end])
	}
	return out
}

func sumOf(cells []Cell) Cell {
	sum := Cell{Fewest: -1}
	for _, c := range cells {
		sum = sum.and(c)
	}
	return sum
}

// summary is a map in words, given its sum.
func (c Cell) summary() string {
	text := fmt.Sprintf("%d of %d", c.Have, c.Pieces)
	if c.Wanted < c.Pieces {
		text += fmt.Sprintf(", %d wanted", c.Wanted)
	}
	if c.Fewest >= 0 {
		text += ", rarest at " + ui.Plural(int64(c.Fewest), "peer")
	}
	return text
}
