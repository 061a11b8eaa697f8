package ui

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// maxPending bounds what is held of a line that has not ended yet, in bytes, and maxHeld what is held
// of the text that comes while something else has the screen.
const (
	maxPending = 64 << 10
	maxHeld    = 1 << 20
)

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

// above writes whole lines above the bars, or keeps them until that may be done.
func (w *stream) above(text string) error {
	s, lines := w.screen, w.screen.frame
	now := time.Now()
	if s.covered || w.direct && now.Sub(s.said) < burst && now.Sub(s.drawn) < burst {
		s.hold(w, text)
		return nil
	}
	s.said = now
	if w.direct {
		s.redraw(s.release()+text, lines)
		return nil
	}
	s.redraw(s.release(), lines) // what was said first comes first
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
	s := w.screen
	if len(p) == 0 {
		return 0, nil
	}
	if s.covered {
		s.hold(w, string(p))
		return len(p), nil
	}
	n, err := w.to.Write(p)
	if n > 0 {
		s.midLine = p[n-1] != '\n'
	}
	return n, err
}

// heldText is text that waits for the screen.
type heldText struct {
	to   *stream // nil is the screen itself
	text string
}

// hold keeps text for later. Of what is said on Err the oldest gives way where it becomes too much;
// results are kept whole. The caller holds the lock.
func (s *screen) hold(to *stream, text string) {
	if text == "" {
		return
	}
	s.held = append(s.held, heldText{to, text})
	if s.holding += len(text); s.holding <= maxHeld {
		return
	}
	s.held = slices.DeleteFunc(s.held, func(h heldText) bool {
		if s.holding <= maxHeld/2 || h.to != nil && !h.to.direct {
			return false
		}
		s.holding -= len(h.text)
		s.dropped += strings.Count(h.text, "\n")
		return true
	})
}

// release returns what was held for the screen itself, and writes what was held for other descriptors
// of the terminal. The caller holds the lock and puts what is returned above the bars.
func (s *screen) release() string {
	var b strings.Builder
	if s.dropped > 0 {
		fmt.Fprintf(&b, "(%s left out)\n", Plural(int64(s.dropped), "line"))
	}
	for _, h := range s.held {
		if h.to == nil || h.to.direct {
			b.WriteString(h.text)
			continue
		}
		s.redraw(b.String(), nil)
		b.Reset()
		_, _ = io.WriteString(h.to.to, h.text) // its writer was told that all was well
	}
	s.held, s.holding, s.dropped = nil, 0, 0
	return b.String()
}

// cover gives the whole screen to something else, which writes to what cover returns. Bars rest, and
// text is held, until it is uncovered. It says whether the screen was free.
func (s *screen) cover() (to io.Writer, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.covered {
		return nil, false
	}
	s.covered = true
	return s.to, true
}

// uncover gives the screen back as it was and writes what was held.
func (s *screen) uncover() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.covered {
		return
	}
	s.covered = false
	frame := s.frame
	s.drawn = time.Now() // the frame is where it was
	text := s.release()
	switch {
	case s.active:
		s.redraw(text, frame)
	case text != "":
		_, _ = io.WriteString(s.to, text)
		s.midLine = !strings.HasSuffix(text, "\n")
	}
}
