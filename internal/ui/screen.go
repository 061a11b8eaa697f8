package ui

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// frameLine is one line of a frame: its text with colours, and how many columns it takes.
type frameLine struct {
	text  string
	width int
}

// asleep is the gap between two frames after which the process must have been stopped and continued.
// The shell has written meanwhile, so the old frame is not where it was.
const asleep = 3 * time.Second

// maxPending bounds what is held of a line that has not ended yet, in bytes.
const maxPending = 64 << 10

// screen is the terminal behind Err: text scrolls by above, and while bars are shown a frame of lines
// stays at the bottom with the cursor on the line below it. The cursor is never hidden and no mode of
// the terminal is changed, so there is nothing to undo when the process ends at once.
//
// Each change is one write. Lines that stay the same are not sent again. Terminals and we may disagree
// on how wide a character is, so lines of a frame are drawn with folding off, and cut by the terminal
// where they turn out too long.
type screen struct {
	mu         sync.Mutex
	to         io.Writer
	size       func() (columns, rows int)
	foreground func() bool

	active  bool        // bars have the bottom of the screen
	frame   []frameLine // as drawn; nil is nothing
	columns int         // of the terminal when it was drawn
	drawn   time.Time
	midLine bool // the last text did not end its line
	streams []*stream
}

func newScreen(to io.Writer, t *Terminal, getenv func(string) string) *screen {
	s := &screen{
		to:         to,
		size:       func() (int, int) { return t.size(getenv) },
		foreground: t.Foreground,
	}
	if s.foreground == nil {
		s.foreground = func() bool { return true }
	}
	return s
}

// begin gives the bottom of the screen to bars. It says whether it was free.
func (s *screen) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active {
		return false
	}
	s.active, s.frame, s.drawn = true, nil, time.Time{}
	return true
}

// draw prints above and replaces the frame by lines, in one write.
func (s *screen) draw(above string, lines []frameLine) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active {
		s.redraw(above, lines)
	}
}

// finish draws a last frame, which stays where it is, and gives the bottom of the screen back.
func (s *screen) finish(lines []frameLine) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.active {
		return
	}
	s.redraw("", lines)
	s.active, s.frame = false, nil
	for _, w := range s.streams {
		_, _ = w.pass(w.pending) // the stream's fault is its writer's to see
		w.pending = nil
	}
	s.streams = nil
}

func (s *screen) redraw(above string, lines []frameLine) {
	if !s.foreground() {
		s.frame = nil
		s.send(above)
		return
	}
	columns, rows := s.size()
	now := time.Now()
	if now.Sub(s.drawn) > asleep {
		s.frame = nil
	}
	var b strings.Builder
	if above == "" && columns == s.columns && len(lines) == len(s.frame) {
		s.update(&b, lines)
	} else {
		s.erase(&b, columns, rows)
		b.WriteString(above)
		all(&b, lines)
	}
	s.send(b.String())
	s.frame, s.columns, s.drawn = lines, columns, now
}

// Folding of lines that are too long (DECAWM). It is on in every terminal that was not told otherwise.
const (
	foldOff = "\x1b[?7l"
	foldOn  = "\x1b[?7h"
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

// update rewrites what changed of a frame that keeps its shape.
func (s *screen) update(b *strings.Builder, lines []frameLine) {
	first, last := len(lines), -1
	for i := range lines {
		if lines[i] != s.frame[i] {
			first, last = min(first, i), i
		}
	}
	if last < 0 {
		return
	}
	fmt.Fprintf(b, "\r\x1b[%dA"+foldOff, len(lines)-first)
	for i := first; i < len(lines); i++ {
		if lines[i] != s.frame[i] {
			b.WriteString(lines[i].text + "\x1b[K")
		}
		b.WriteString("\n")
	}
	b.WriteString(foldOn + "\x1b[K") // what was typed meanwhile
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

// send writes what leaves the cursor at the start of a line. There is nowhere to complain when that
// fails.
func (s *screen) send(text string) {
	if text != "" {
		_, _ = io.WriteString(s.to, text)
		s.midLine = false
	}
}

// stream is a writer onto the screen, or onto another descriptor of the same terminal. Text scrolls by
// above the bars; while they are shown, a line is held until it ends.
type stream struct {
	screen  *screen
	to      io.Writer
	direct  bool // to is what the screen itself writes to
	pending []byte
}

func (w *stream) Write(p []byte) (int, error) {
	s := w.screen
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.active {
		return w.pass(p)
	}
	if w.pending == nil {
		s.streams = append(s.streams, w)
		w.pending = []byte{}
	}
	w.pending = append(w.pending, p...)
	end := bytes.LastIndexByte(w.pending, '\n') + 1
	if len(w.pending)-end > maxPending {
		w.pending = append(w.pending, '\n')
		end = len(w.pending)
	}
	if end == 0 {
		return len(p), nil
	}
	text := string(w.pending[:end])
	w.pending = append(w.pending[:0], w.pending[end:]...)
	return len(p), w.above(text)
}

// above writes whole lines above the bars.
func (w *stream) above(text string) error {
	s, lines := w.screen, w.screen.frame
	if w.direct {
		s.redraw(text, lines)
		return nil
	}
	var b strings.Builder
	columns, rows := s.size()
	s.erase(&b, columns, rows)
	s.send(b.String())
	_, err := io.WriteString(w.to, text)
	s.redraw("", lines)
	return err
}

// pass writes while no bars are shown.
func (w *stream) pass(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := w.to.Write(p)
	if n > 0 {
		w.screen.midLine = p[n-1] != '\n'
	}
	return n, err
}
