package view

import (
	"strings"

	"github.com/gdamore/tcell/v3"

	"github.com/shoal-project/shoal/internal/ui"
)

// pieceLines is the map of pieces, what its marks mean, and how often pieces are there.
func (s *state) pieceLines(w, h int) content {
	total := s.detail.Pieces.Total
	c := content{title: "pieces"}
	if total == 0 {
		c.body = []line{said("not known yet", quiet)}
		return c
	}
	rows := max(h-2, 1) // below it are the availability and the legend
	m := s.mapped(min(w*rows, total))
	c.title = "pieces: " + m.summary(total)
	marks := asciiMarks
	if s.term.Unicode() {
		marks = blockMarks
	}
	for begin := 0; begin < len(m.cells); begin += w {
		var l line
		cells := m.cells[begin:min(begin+w, len(m.cells))]
		for i := 0; i < len(cells); {
			j := i
			for j < len(cells) && cells[j] == cells[i] {
				j++
			}
			l = append(l, span{i, strings.Repeat(marks[cells[i]], j-i), markStyle(cells[i])})
			i = j
		}
		c.body = append(c.body, l)
	}
	if m.known {
		many := fold(m.available, w)
		c.body = append(c.body, said(spark(many, len(many), 1, mostOf(many), s.term.Unicode())[0], quiet))
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

// fold brings values to at most so many, each the mean of its share.
func fold(values []float32, most int) []float32 {
	if len(values) <= most {
		return values
	}
	out := make([]float32, most)
	for i := range out {
		begin, end := i*len(values)/most, (i+1)*len(values)/most
		for _, v := range values[begin:end] {
			out[i] += v / float32(end-begin)
		}
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
