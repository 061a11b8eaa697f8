package ui

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/slogtest"
	"testing/synctest"
	"time"
)

// secret is a value that knows how to show itself in logs.
type secret struct{}

func (secret) LogValue() slog.Value { return slog.StringValue("hidden") }

func TestLogLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		log := slog.New(NewLogHandler(&b, slog.LevelDebug, false))
		log.Debug("dialled peer", "addr", "192.0.2.1:6881", "took", 20*time.Millisecond)
		log.Info("client \x1b[2J said\nhello", "name", "evil \u202e\x00 \"client\"", "key\x07=", 1)
		log.Warn("hashed", "err", errors.New("no space"), "piece", []byte{0xde, 0xad}, "at", time.Now().UTC(), "s", secret{}, "empty", "", "nil", nil)
		with := log.With("torrent", "aaf2").WithGroup("peer\n").With("id", 7)
		with.Error("lost", "n", 1, slog.Group("rate", "up", 2, slog.Group("x")), slog.Group("", "inline", true))
		with.WithGroup("").Info("same")
		log.Info("long", "v", strings.Repeat("日", 5000))
		golden(t, "log.golden", strings.ReplaceAll(b.String(), time.Now().Format("15:04:05.000"), "00:00:00.000"))
	})
}

func TestLogLevels(t *testing.T) {
	for _, tt := range []struct {
		verbose, quiet bool
		want           string
	}{
		{true, false, "debug info warn error"}, {false, false, "warn error"}, {false, true, "error"},
	} {
		var b bytes.Buffer
		x := NewIO(Options{Err: &b, Quiet: tt.quiet})
		log := x.Logger(tt.verbose)
		log.Debug("m")
		log.Info("m")
		log.Warn("m")
		log.Error("m")
		var got []string
		for _, l := range strings.Split(strings.TrimSpace(b.String()), "\n") {
			got = append(got, strings.Fields(l)[1])
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%+v: got %v", tt, got)
		}
	}
	var b bytes.Buffer
	slog.New(NewLogHandler(&b, nil, true)).Error("m")
	if !strings.Contains(b.String(), "\x1b[1;31merror\x1b[0m m") {
		t.Errorf("in colour: %q", b.String())
	}
}

// The handler obeys the rules of package slog; its lines are read back into maps for that.
func TestLogHandlerRules(t *testing.T) {
	var b bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler {
		b.Reset()
		return NewLogHandler(&b, slog.LevelDebug, false)
	}, func(t *testing.T) map[string]any {
		return parseLog(t, strings.TrimSpace(b.String()))
	})
}

func parseLog(t *testing.T, line string) map[string]any {
	fields := strings.Fields(line)
	got := map[string]any{}
	if _, err := time.Parse("15:04:05.000", fields[0]); err == nil {
		got[slog.TimeKey] = fields[0]
		fields = fields[1:]
	}
	got[slog.LevelKey] = fields[0]
	got[slog.MessageKey] = fields[1]
	for _, f := range fields[2:] {
		path, value, ok := strings.Cut(f, "=")
		if !ok {
			t.Fatalf("%q in %q", f, line)
		}
		in := got
		parts := strings.Split(path, ".")
		for _, group := range parts[:len(parts)-1] {
			if in[group] == nil {
				in[group] = map[string]any{}
			}
			in = in[group].(map[string]any)
		}
		in[parts[len(parts)-1]] = value
	}
	return got
}
