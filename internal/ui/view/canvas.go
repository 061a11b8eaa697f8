package view

import (
	"strings"

	"github.com/gdamore/tcell/v3"
	"github.com/gdamore/tcell/v3/color"

	"github.com/shoal-project/shoal/internal/ui"
)

// Styles. Colours are of the first eight, so that they are those of the user's theme; where there are
// none, what is bold, dim or reversed still stands out.
var (
	plain   = tcell.StyleDefault
	strong  = plain.Bold(true)
	quiet   = plain.Dim(true)
	chosen  = plain.Reverse(true)
	good    = plain.Foreground(color.Green)
	active  = plain.Foreground(color.Teal)
	warning = plain.Foreground(color.Olive)
	fault   = plain.Foreground(color.Maroon)
)

// span is text of one style that begins at a column. Each has a column of its own, so that where we
// and the terminal disagree on the width of a character, the next one stands right.
type span struct {
	at    int
	text  string
	style tcell.Style
}

// line is one line of a panel.
type line []span

// said is a line of one style.
func said(text string, style tcell.Style) line { return line{{0, text, style}} }

// area is a rectangle of the screen.
type area struct{ x, y, w, h int }

// pen draws on a screen. It takes clean text only, and cuts it to the area.
type pen struct {
	screen tcell.Screen
	term   *ui.IO
}

// text writes clean text at a place within an area, up to its right edge.
func (p pen) text(a area, x, y int, text string, style tcell.Style) {
	room := a.w - x
	if x < 0 || y < 0 || y >= a.h || room <= 0 {
		return
	}
	p.screen.PutStrStyled(a.x+x, a.y+y, p.term.FitEnd(text, room), style)
}

// lines writes lines from the top of an area.
func (p pen) lines(a area, lines []line) {
	for y, l := range lines[:min(len(lines), max(a.h, 0))] {
		for i, s := range l {
			room := a
			if i+1 < len(l) { // the next one's column is the end of this one
				room.w = min(a.w, l[i+1].at)
			}
			p.text(room, s.at, y, s.text, s.style)
		}
	}
}

// rule writes a title with a line behind it.
func (p pen) rule(a area, y int, title string, focused bool) {
	dash, style := "-", quiet
	if p.term.Unicode() {
		dash = "─"
	}
	if focused {
		style = strong
	}
	title = p.term.FitEnd(dash+" "+title+" ", a.w)
	p.text(a, 0, y, title+strings.Repeat(dash, max(a.w-ui.Width(title), 0)), style)
}
