package view

import (
	"slices"

	"github.com/gdamore/tcell/v3"
)

// answer is what a key asks of the loop.
type answer int

const (
	nothing answer = iota
	leave
	suspend
	redraw
)

// press takes a key.
func (s *state) press(e *tcell.EventKey, l *layout) answer {
	switch {
	case e.Key() == tcell.KeyCtrlZ:
		return suspend
	case e.Key() == tcell.KeyCtrlL:
		return redraw
	case s.help:
		s.help = false
		return nothing
	}
	switch e.Key() {
	case tcell.KeyRune:
		return s.letter(e.Str(), l)
	case tcell.KeyUp:
		s.move(-1)
	case tcell.KeyDown:
		s.move(1)
	case tcell.KeyPgUp:
		s.move(-max(s.page, 1))
	case tcell.KeyPgDn:
		s.move(max(s.page, 1))
	case tcell.KeyHome:
		s.move(-1 << 30)
	case tcell.KeyEnd:
		s.move(1 << 30)
	case tcell.KeyTab, tcell.KeyRight:
		s.turn(l, 1)
	case tcell.KeyBacktab, tcell.KeyLeft:
		s.turn(l, -1)
	case tcell.KeyEnter, tcell.KeyCtrlJ:
		if s.focus == listPanel {
			s.open(s.opened)
		} else {
			s.focus = listPanel
		}
	case tcell.KeyEscape:
		if s.focus == listPanel {
			return leave
		}
		s.focus = listPanel
	}
	return nothing
}

func (s *state) letter(key string, l *layout) answer {
	switch key {
	case "q", "Q", "w", "W":
		return leave
	case "?":
		s.help = true
	case "k":
		s.move(-1)
	case "j":
		s.move(1)
	case "g":
		s.move(-1 << 30)
	case "G":
		s.move(1 << 30)
	case "l":
		s.turn(l, 1)
	case "h":
		s.turn(l, -1)
	case "J":
		s.choose(s.at + 1)
	case "K":
		s.choose(s.at - 1)
	case "1", "2", "3", "4", "5", "6", "7":
		s.open(panelID(key[0] - '1'))
	}
	return nothing
}

// move chooses another transfer, or scrolls the panel that has the focus. What is read from its end is
// scrolled the other way round.
func (s *state) move(by int) {
	if s.focus == listPanel {
		s.choose(s.at + by)
		return
	}
	if s.focus == logPanel {
		by = -by
	}
	s.scroll[s.focus] = between(0, s.scroll[s.focus]+by, s.last[s.focus])
}

// turn gives the focus to another panel.
func (s *state) turn(l *layout, by int) {
	ring := l.shown()
	at := max(slices.Index(ring, s.focus), 0)
	s.open(ring[(at+by+len(ring))%len(ring)])
}

// open gives a panel the focus, and the place for one where there is only that.
func (s *state) open(id panelID) {
	s.focus = id
	if id != listPanel {
		s.opened = id
	}
}
