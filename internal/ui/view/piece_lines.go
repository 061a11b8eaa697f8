package view

import (
	"strings"

	"github.com/gdamore/tcell/v3"

	"github.com/shoal-project/shoal/internal/ui"
)

// pieceLines is the map of pieces, how many peers have what is missing, and what the marks mean.
func (s *state) pieceLines(w, h int) content {
	c := content{title: "pieces"}
	if len(s.detail.Pieces) == 0 {
		c.body = []line{said("not known yet", quiet)}
		return c
	}
	c.title = "pieces: " + sumOf(s.detail.Pieces).summary()
	rows := max(h-2, 1) // below it are the rarity and the legend
	cells := compress(s.detail.Pieces, w*rows)
	marks := asciiMarks
	if s.term.Unicode() {
		marks = blockMarks
	}
	for begin := 0; begin < len(cells); begin += w {
		var l line
		row := cells[begin:min(begin+w, len(cells))]
		for i := 0; i < len(row); {
			j := i
			for j < len(row) && row[j].mark() == row[i].mark() {
				j++
			}
			l = append(l, span{i, strings.Repeat(marks[row[i].mark()], j-i), markStyle(row[i].mark())})
			i = j
		}
		c.body = append(c.body, l)
	}
	many := rarity(compress(s.detail.Pieces, w))
	if most := mostOf(many); most > 0 {
		c.body = append(c.body, said(spark(many, len(many), 1, most, s.term.Unicode())[0], quiet))
	}
	var legend line
	at := 0
	for k, name := range markNames {
		if marks[k] != " " {
			text := marks[k] + " " + name
			legend = append(legend, span{at, text, markStyle(mark(k))})
			at += ui.Width(text) + 2
		}
	}
	c.body = append(c.body, legend)
	return c
}

// rarity is how many peers have what is missing, from the first piece to the last.
func rarity(cells []Cell) []float32 {
	out := make([]float32, len(cells))
	for i, c := range cells {
		out[i] = float32(max(c.Fewest, 0))
	}
	return out
}

func markStyle(m mark) tcell.Style {
	switch m {
	case have:
		return good
	case coming:
		return active
	case nowhere:
		return fault
	case missing, unwanted:
		return quiet
	}
	return plain
}
