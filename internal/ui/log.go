package ui

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// maxAttr bounds what is shown of one attribute, in columns: peers put long things into names.
const maxAttr = 400

// LogHandler writes log records for people, one escaped line each: "12:04:05.250 debug dialled peer
// addr=192.0.2.1:6881 took=20ms". It implements slog.Handler.
type LogHandler struct {
	level  slog.Leveler
	color  bool
	set    charset
	recent *recent // remembers records, too; nil is none
	mu     *sync.Mutex
	to     io.Writer
	attrs  string // those of WithAttrs, written out
	prefix string // the open groups, "a.b."
}

// NewLogHandler writes records of at least the level (nil: Info) to w, in colours where color is set.
func NewLogHandler(w io.Writer, level slog.Leveler, color bool) *LogHandler {
	if level == nil {
		level = slog.LevelInfo
	}
	return &LogHandler{level: level, color: color, mu: new(sync.Mutex), to: w}
}

// Logger is a logger that writes to Err: everything with verbose, else warnings, and with Quiet errors
// alone.
func (x *IO) Logger(verbose bool) *slog.Logger {
	level := slog.LevelWarn
	switch {
	case verbose:
		level = slog.LevelDebug
	case x.Quiet:
		level = slog.LevelError
	}
	h := NewLogHandler(x.Err, level, x.Color)
	h.set, h.recent = x.charset, &x.recent
	return slog.New(h)
}

// Enabled implements slog.Handler.
func (h *LogHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.level.Level() || h.recent != nil && level >= h.recent.level()
}

// WithAttrs implements slog.Handler.
func (h *LogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var b strings.Builder
	for _, a := range attrs {
		h.append(&b, h.prefix, a)
	}
	with := *h
	with.attrs += b.String()
	return &with
}

// WithGroup implements slog.Handler.
func (h *LogHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	with := *h
	with.prefix += h.set.clean(name) + "."
	return &with
}

// Handle implements slog.Handler.
func (h *LogHandler) Handle(_ context.Context, r slog.Record) error {
	at := ""
	if !r.Time.IsZero() {
		at = r.Time.Format("15:04:05.000") + " "
	}
	level := strings.ToLower(r.Level.String())
	var b strings.Builder
	b.WriteString(" " + h.set.line(r.Message) + h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		h.append(&b, h.prefix, a)
		return true
	})
	b.WriteByte('\n')
	if h.recent != nil && r.Level >= h.recent.level() {
		h.recent.add(at + level + b.String())
	}
	if r.Level < h.level.Level() {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := io.WriteString(h.to, at+paint(h.color, levelColor(r.Level), level)+b.String())
	return err
}

func levelColor(level slog.Level) string {
	switch {
	case level >= slog.LevelError:
		return red
	case level >= slog.LevelWarn:
		return yellow
	}
	return cyan
}

// append writes " key=value", and the members of a group one after the other.
func (h *LogHandler) append(b *strings.Builder, prefix string, a slog.Attr) {
	v := a.Value.Resolve()
	if a.Equal(slog.Attr{}) {
		return
	}
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			prefix += h.set.clean(a.Key) + "."
		}
		for _, member := range v.Group() {
			h.append(b, prefix, member)
		}
		return
	}
	b.WriteString(" " + prefix + h.set.clean(a.Key) + "=" + h.quoted(attrText(v)))
}

func attrText(v slog.Value) string {
	switch v.Kind() {
	case slog.KindTime:
		return v.Time().Format(time.RFC3339)
	case slog.KindAny:
		if b, ok := v.Any().([]byte); ok {
			return fmt.Sprintf("%x", b)
		}
	}
	return v.String()
}

// quoted puts quotes round text that would not be seen as one value.
func (h *LogHandler) quoted(text string) string {
	text = h.set.fit(h.set.clean(text[:min(len(text), 16*maxAttr)]), maxAttr)
	if text != "" && !strings.ContainsAny(text, " =\"") {
		return text
	}
	return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"`
}
