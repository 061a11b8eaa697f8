package ui

import (
	"time"
	"unicode/utf8"
)

// Task is one row of a Progress.
type Task struct {
	p    *Progress
	pull func() Row

	// Below: under p.mu.
	last    Row // as pace made it whole
	pulled  bool
	pace    Pace
	shown   bool // in the last frame
	added   time.Time
	began   time.Time // of the phase
	base    int64     // Done when the phase began
	moved   int64     // bytes of this run
	moving  time.Duration
	said    time.Time // its last plain line
	saidAs  Phase
	removed bool
}

// Done takes the row a last time, leaves it as a final line and ends it. Where bars are shown the line
// stays above them, as on the terminals of those who know wget.
func (t *Task) Done() {
	row := t.pull()
	t.p.end(t, &row)
}

// Remove ends the row without a trace.
func (t *Task) Remove() { t.p.end(t, nil) }

// update takes in what was pulled.
func (t *Task) update(now time.Time, r Row) {
	fresh := !t.pulled || r.Phase != t.last.Phase
	r = t.pace.Observe(now, r)
	if fresh {
		t.began, t.base = now, r.Done
	}
	if r.Phase.measured() || r.Phase == Downloading {
		t.moved, t.moving = r.Done-t.base, now.Sub(t.began)
	}
	t.last, t.pulled = r, true
}

// average is the rate over the last phase in which bytes moved.
func (t *Task) average() int64 {
	if t.last.Average > 0 {
		return t.last.Average
	}
	if t.moving < time.Millisecond || t.moved <= 0 {
		return 0
	}
	return int64(float64(t.moved) / t.moving.Seconds())
}

// maxText bounds the text of a row, in bytes: it is measured many times a second.
const maxText = 1024

// oneLine bounds and escapes a name or a note.
func oneLine(s string) string {
	if len(s) <= maxText {
		return Escape(s)
	}
	end := maxText
	for end > maxText-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return Escape(s[:end]) + ellipsis
}
