package ui

import (
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// maxRecent is how many lines are remembered of what was said, and maxRecentLine their length in bytes.
const (
	maxRecent     = 500
	maxRecentLine = 2048
)

// recent remembers the last lines of what was said on Err and logged, for who wants to look at them
// later: without colours, each with its time.
type recent struct {
	asked atomic.Bool // somebody looks: debug records are wanted, too

	mu    sync.Mutex
	lines []string // a ring once it is full
	next  int
}

// level is that from which on records are remembered.
func (r *recent) level() slog.Level {
	if r.asked.Load() {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// add remembers a clean line.
func (r *recent) add(line string) {
	if line = strings.TrimSuffix(line, "\n"); len(line) > maxRecentLine {
		line = strings.ToValidUTF8(line[:maxRecentLine], "")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.lines) < maxRecent {
		r.lines = append(r.lines, line)
		return
	}
	r.lines[r.next] = line
	r.next = (r.next + 1) % maxRecent
}

// said remembers a message.
func (r *recent) said(text string) {
	r.add(time.Now().Format("15:04:05.000") + " " + text)
}

// Recent returns the last lines that were said or logged, the oldest first: clean, and without colours.
func (x *IO) Recent() []string {
	r := &x.recent
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Concat(r.lines[r.next:], r.lines[:r.next])
}

// Attend says whether somebody looks at Recent now: while that is so, loggers that were made by Logger
// remember debug records there, which else nobody asks for.
func (x *IO) Attend(looking bool) { x.recent.asked.Store(looking) }
