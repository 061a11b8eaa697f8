package view

import (
	"strings"

	"github.com/shoal-project/shoal/internal/ui"
)

var helpKeys = []struct{ keys, what string }{
	{"q, w", "back to the bars; the work goes on"},
	{"tab, right, l", "next panel"},
	{"shift-tab, left, h", "previous panel"},
	{"enter, esc", "into the panel, back to the list"},
	{"1 to 7", "that panel"},
	{"up, down, k, j", "choose, or scroll the panel"},
	{"page up, page down", "by a page"},
	{"home, end, g, G", "first, last"},
	{"J, K", "next, previous transfer"},
	{"ctrl-l", "draw anew"},
	{"ctrl-z, ctrl-c", "stop for now, end"},
}

// helpLines are the keys, and what else the source has to explain.
func (s *state) helpLines() []line {
	var lines []line
	for _, k := range helpKeys {
		lines = append(lines, line{{0, k.keys, strong}, {20, k.what, plain}})
	}
	if len(s.detail.Flags) > 0 {
		lines = append(lines, nil, said("flags of peers", strong))
		for _, text := range s.detail.Flags {
			lines = append(lines, said(text, plain))
		}
	}
	return lines
}

// drawHelp lays the keys over everything else, in the middle of the screen.
func (s *state) drawHelp(p pen, whole area) {
	lines := s.helpLines()
	w, h := 0, len(lines)+2
	for _, l := range lines {
		for _, part := range l {
			w = max(w, part.at+ui.Width(part.text))
		}
	}
	w, h = min(w+4, whole.w), min(h, whole.h)
	a := area{(whole.w - w) / 2, (whole.h - h) / 2, w, h}
	for y := range h {
		p.text(a, 0, y, strings.Repeat(" ", w), plain)
	}
	p.rule(a, 0, "keys", true)
	p.rule(a, h-1, "any key goes on", false)
	p.lines(area{a.x + 2, a.y + 1, w - 4, h - 2}, lines)
}
