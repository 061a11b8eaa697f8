package ui

import (
	"io"
	"strings"
	"sync"
	"time"
)

// asleep is the gap between two frames after which the process must have been stopped and continued.
// The shell has written meanwhile, so the old frame is not where it was.
const asleep = 3 * time.Second

// burst is the time within which text above the bars counts as one: what comes sooner after the last
// is held until the next frame, so that a log of thousands of lines does not redraw the bars for each.
const burst = 30 * time.Millisecond

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
	covered bool        // something else has the whole of it
	frame   []frameLine // as drawn; nil is nothing
	columns int         // of the terminal when it was drawn
	drawn   time.Time
	said    time.Time // text was written above
	midLine bool      // the last text did not end its line
	streams []*stream // with a line that has not ended
	held    []heldText
	holding int // bytes of it
	dropped int // lines
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

// draw prints above and replaces the frame by lines, in one write. It returns how long the terminal
// took.
func (s *screen) draw(above string, lines []frameLine) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	began := time.Now()
	switch {
	case !s.active:
	case s.covered:
		s.hold(nil, above)
	default:
		s.redraw(s.release()+above, lines)
	}
	return time.Since(began)
}

// finish draws a last frame, which stays where it is, and gives the bottom of the screen back.
func (s *screen) finish(lines []frameLine) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.active {
		return
	}
	if s.covered {
		for _, l := range lines {
			s.hold(nil, l.text+"\n")
		}
	} else {
		s.redraw(s.release(), lines)
	}
	s.active, s.frame = false, nil
	for _, w := range s.streams {
		_, _ = w.pass(w.pending) // the stream's fault is its writer's to see
		w.pending = nil
	}
	s.streams = nil
}

// redraw writes text above and a new frame. The caller holds the lock.
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
	if above == "" && columns == s.columns && len(s.frame) > 0 {
		change(&b, s.frame, lines)
	} else {
		anew := len(s.frame) > 0
		if anew {
			b.WriteString(syncOn)
		}
		s.erase(&b, columns, rows)
		b.WriteString(above)
		all(&b, lines)
		if anew {
			b.WriteString(syncOff)
		}
	}
	s.send(b.String())
	s.frame, s.columns, s.drawn = lines, columns, now
}

// send writes what leaves the cursor at the start of a line. There is nowhere to complain when that
// fails.
func (s *screen) send(text string) {
	if text != "" {
		_, _ = io.WriteString(s.to, text)
		s.midLine = false
	}
}

// forget gives up the frame that was drawn: it is not where it was.
func (s *screen) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frame = nil
}
