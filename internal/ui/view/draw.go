package view

import (
	"fmt"
	"strings"

	"github.com/gdamore/tcell/v3"

	"github.com/shoal-project/shoal/internal/ui"
)

// draw makes a whole frame. The screen sends what changed of it.
func (s *state) draw(screen tcell.Screen) {
	w, h := screen.Size()
	screen.Clear()
	p := pen{screen, s.term}
	l := s.arrange(w, h)
	s.drawHeader(p, l.header)
	s.drawList(p, l.list)
	s.drawTabs(p, l.tabs)
	for _, b := range l.boxes {
		s.drawBox(p, b)
	}
	s.drawFooter(p, l.footer)
	if s.help {
		s.drawHelp(p, area{0, 0, w, h})
	}
}

// drawHeader sums all transfers up.
func (s *state) drawHeader(p pen, a area) {
	done, peers := 0, 0
	var down, up int64
	for _, t := range s.transfers {
		if t.Row.Phase == ui.Done || t.Row.Phase == ui.Seeding {
			done++
		}
		down += t.Row.RateDown
		up += t.Row.RateUp
		peers += t.Row.Peers
	}
	left := fmt.Sprintf("shoal: %d of %s done", done, ui.Plural(int64(len(s.transfers)), "transfer"))
	if a.w < 60 {
		left = fmt.Sprintf("%d/%d done", done, len(s.transfers))
	}
	right := ""
	for _, part := range []string{"down " + ui.Rate(down), "up " + ui.Rate(up), ui.Plural(int64(peers), "peer")} {
		if len(left)+len(right)+len(part)+2 <= a.w {
			right += "  " + part
		}
	}
	p.text(a, 0, 0, left, strong)
	p.text(a, a.w-len(right), 0, right, strong)
}

// drawList shows the transfers around the chosen one.
func (s *state) drawList(p pen, b box) {
	inside := s.inside(p, b, fmt.Sprintf("transfers (%d)", len(s.transfers)))
	if len(s.transfers) == 0 {
		p.text(inside, 2, 0, "none yet", quiet)
	}
	s.top = between(s.at-inside.h+1, s.top, s.at)
	s.top = between(0, s.top, max(len(s.transfers)-inside.h, 0))
	if b.id == s.focus {
		s.page = inside.h
	}
	visible := s.transfers[s.top:min(s.top+max(inside.h, 0), len(s.transfers))]
	rows := make([]ui.Row, len(visible))
	for i, t := range visible {
		rows[i] = t.Row
	}
	for y, text := range s.term.Bars(inside.w-2, rows) {
		style, head := rowStyle(rows[y]), "  "
		if s.top+y == s.at {
			style, head = chosen, "> "
			text += strings.Repeat(" ", max(inside.w-2-ui.Width(text), 0))
		}
		p.text(inside, 0, y, head, style)
		p.text(inside, 2, y, text, style)
	}
}

func rowStyle(r ui.Row) tcell.Style {
	switch {
	case r.Phase == ui.Failed:
		return fault
	case r.Stalled, r.Note != "" && r.Phase != ui.Seeding:
		return warning
	}
	return plain
}

// inside draws the title of a panel and returns what is below it.
func (s *state) inside(p pen, b box, title string) area {
	if b.bare {
		return b.area
	}
	p.rule(b.area, 0, title, b.id == s.focus)
	return area{b.x, b.y + 1, b.w, b.h - 1}
}

// drawTabs names the panels; the opened one stands out.
func (s *state) drawTabs(p pen, a area) {
	if a.h == 0 {
		return
	}
	gap := between(1, (a.w-34)/int(panelCount), 3)
	x := 0
	for id := listPanel + 1; id < panelCount; id++ {
		style := quiet
		switch {
		case id == s.opened && id == s.focus:
			style = chosen
		case id == s.opened:
			style = strong.Underline(true)
		}
		p.text(a, x, 0, panelNames[id], style)
		x += len(panelNames[id]) + gap
	}
}

// drawBox draws a panel, scrolled to where it is.
func (s *state) drawBox(p pen, b box) {
	h := b.h - 1
	if b.bare {
		h = b.h
	}
	if h <= 0 {
		return
	}
	c := s.content(b.id, b.w, h)
	if h < 3 {
		c.head = nil
	}
	rows := max(h-len(c.head), 0)
	last := max(len(c.body)-rows, 0)
	s.last[b.id] = last
	s.scroll[b.id] = between(0, s.scroll[b.id], last)
	from := s.scroll[b.id]
	if c.end {
		from = last - from
	}
	if b.id == s.focus {
		s.page = rows
	}
	if last > 0 {
		c.title += fmt.Sprintf("  %d-%d of %d", from+1, from+rows, len(c.body))
	}
	inside := s.inside(p, b, c.title)
	p.lines(inside, c.head)
	body := area{inside.x, inside.y + len(c.head), inside.w, rows}
	p.lines(body, c.body[from:min(from+rows, len(c.body))])
}

// drawFooter names the keys that matter most.
func (s *state) drawFooter(p pen, a area) {
	x := 0
	for _, k := range []string{"q back", "tab panels", "? keys", "arrows choose", "J K transfer"} {
		if x+len(k) > a.w {
			break
		}
		p.text(a, x, 0, k, quiet)
		x += len(k) + 2
	}
}
