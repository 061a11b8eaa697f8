package ui

import (
	"fmt"
	"strings"
)

// frameLine is one line of a frame: its text with colours, and how many columns it takes.
type frameLine struct {
	text  string
	width int
}

// Modes of the terminal that a frame sets and sets back. Folding of lines that are too long (DECAWM) is
// on in every terminal that was not told otherwise. Between the marks of a synchronized update (mode
// 2026) terminals that know them show nothing half done; the others ignore them.
const (
	foldOff = "\x1b[?7l"
	foldOn  = "\x1b[?7h"
	syncOn  = "\x1b[?2026h"
	syncOff = "\x1b[?2026l"
)

// all writes a whole frame.
func all(b *strings.Builder, lines []frameLine) {
	if len(lines) == 0 {
		return
	}
	b.WriteString(foldOff)
	for _, l := range lines {
		b.WriteString(l.text + "\n")
	}
	b.WriteString(foldOn)
}

// change turns the frame that was drawn into another one, and writes only those lines that differ.
func change(b *strings.Builder, drawn, lines []frameLine) {
	first, last := -1, -1
	for i := range max(len(drawn), len(lines)) {
		if i >= len(drawn) || i >= len(lines) || drawn[i] != lines[i] {
			last = i
			if first < 0 {
				first = i
			}
		}
	}
	if first < 0 {
		return
	}
	if last > first {
		b.WriteString(syncOn)
	}
	b.WriteString("\r")
	if up := len(drawn) - first; up > 0 {
		fmt.Fprintf(b, "\x1b[%dA", up)
	}
	b.WriteString(foldOff)
	for i := first; i < len(lines); i++ {
		if i >= len(drawn) || drawn[i] != lines[i] {
			b.WriteString(lines[i].text + "\x1b[K")
		}
		b.WriteString("\n")
	}
	b.WriteString(foldOn)
	if len(lines) < len(drawn) {
		b.WriteString("\x1b[J")
	} else {
		b.WriteString("\x1b[K") // what was typed meanwhile
	}
	if last > first {
		b.WriteString(syncOff)
	}
}

// erase clears the frame and puts the cursor where it began, or at the start of a line where there
// was none. A terminal that became narrower has folded the lines that were drawn.
func (s *screen) erase(b *strings.Builder, columns, rows int) {
	height := 0
	for _, l := range s.frame {
		height += max(1, (l.width+columns-1)/columns)
	}
	switch {
	case height > 0:
		fmt.Fprintf(b, "\r\x1b[%dA\x1b[J", min(height, rows-1))
	case s.midLine:
		b.WriteString("\n")
	}
	s.frame = nil
}
