package view

import (
	"fmt"
	"time"

	"github.com/shoal-project/shoal/internal/ui"
)

// content is what a panel shows: lines that stay at its top, and lines that can be scrolled.
type content struct {
	title string
	head  []line
	body  []line
	end   bool // it is read from its end
}

// content makes that of a panel for its inside of w columns and h rows.
func (s *state) content(id panelID, w, h int) content {
	switch id {
	case peersPanel:
		return s.peers(w)
	case piecesPanel:
		return s.pieceLines(w, h)
	case ratesPanel:
		return s.rates(w, h)
	case findersPanel:
		return s.finders(w)
	case factsPanel:
		return s.facts()
	case logPanel:
		return s.log()
	}
	return content{}
}

// rates are the rates of the last minutes as two curves.
func (s *state) rates(w, h int) content {
	past := s.tracks.of(s.id)
	row := ui.Row{}
	if s.at < len(s.transfers) {
		row = s.transfers[s.at].Row
	}
	rows := max((h-2)/2, 1)
	span := time.Duration(w*perColumn(len(past.down), w)) * sampleInterval
	c := content{title: "rates, the last " + ui.Duration(span)}
	for _, curve := range []struct {
		name   string
		now    int64
		values []float32
	}{{"down", row.RateDown, past.down}, {"up", row.RateUp, past.up}} {
		most := mostOf(curve.values)
		c.body = append(c.body, said(fmt.Sprintf("%s %s, at most %s", curve.name, ui.Rate(curve.now), ui.Rate(int64(most))), plain))
		for _, text := range spark(curve.values, w, rows, most, s.term.Unicode()) {
			c.body = append(c.body, said(text, active))
		}
	}
	return c
}

// finders are the places where peers are looked for.
func (s *state) finders(w int) content {
	c := content{title: "found by"}
	name := 0
	for _, f := range s.detail.Finders {
		name = max(name, ui.Width(f.Name))
	}
	name = min(name, max(w*2/5, 8))
	for _, f := range s.detail.Finders {
		style := plain
		if f.Fault {
			style = warning
		}
		c.body = append(c.body, line{{0, s.term.Fit(f.Name, name), plain}, {name + 2, f.Status, style}})
	}
	if len(c.body) == 0 {
		c.body = []line{said("nothing is known", quiet)}
	}
	return c
}

func (s *state) facts() content {
	c := content{title: "about"}
	label := 0
	for _, f := range s.detail.Facts {
		label = max(label, ui.Width(f.Label))
	}
	for _, f := range s.detail.Facts {
		c.body = append(c.body, line{{0, f.Label, quiet}, {label + 2, f.Value, plain}})
	}
	if len(c.body) == 0 {
		c.body = []line{said("nothing is known", quiet)}
	}
	return c
}

// log is what was said and logged, read from its end.
func (s *state) log() content {
	c := content{title: "log", end: true}
	for _, text := range s.term.Recent() {
		c.body = append(c.body, said(s.term.Text(text), plain))
	}
	return c
}
