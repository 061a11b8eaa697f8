package ui

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestConsoleIsRefused(t *testing.T) {
	for _, tt := range []struct {
		terminal Terminal
		term     string
		want     error
	}{
		{Terminal{}, "xterm", ErrNoConsole},
		{Terminal{InTTY: true, OutTTY: true}, "xterm", ErrNoConsole},
		{Terminal{ErrTTY: true, OutTTY: true}, "xterm", ErrNoConsole},
		{Terminal{InTTY: true, ErrTTY: true}, "dumb", ErrDumbTerminal},
		{Terminal{InTTY: true, ErrTTY: true}, "xterm", errNoKeys}, // a buffer has no descriptor
	} {
		x := NewIO(Options{Getenv: env("TERM", tt.term), Terminal: &tt.terminal})
		if _, err := x.Console(); !errors.Is(err, tt.want) {
			t.Errorf("%+v on %q: %v", tt.terminal, tt.term, err)
		}
		x.Close()
	}
}

func TestConsole(t *testing.T) {
	v := newVT(60, 24)
	terminal := v.terminal()
	terminal.InTTY = true
	terminal.Keys = func(p []byte) (int, error) { return copy(p, "w"), nil }
	x := NewIO(Options{Out: v, Err: v, Getenv: utf8Locale, Terminal: terminal})
	c, err := x.Console()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.Console(); !errors.Is(err, ErrConsoleInUse) {
		t.Errorf("a second one: %v", err)
	}
	b := make([]byte, 8)
	if n, err := c.Keys(b); n != 1 || b[0] != 'w' || err != nil {
		t.Errorf("keys %q, %v", b[:n], err)
	}
	if columns, rows := c.Size(); columns != 60 || rows != 24 {
		t.Errorf("size %d by %d", columns, rows)
	}
	if _, err := c.Write([]byte("early")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("written to a screen that is not covered: %v", err)
	}
	if !c.Cover() || c.Cover() {
		t.Error("covered not once")
	}
	fmt.Fprint(c, "whole")
	x.Info("held")
	if got := v.take(); got != "whole" {
		t.Errorf("sent %q", got)
	}
	c.Uncover()
	c.Uncover()
	if got := v.take(); got != "held\n" {
		t.Errorf("sent %q", got)
	}
	c.Cover()
	x.Info("after all")
	x.Close() // by a panic, say
	c.Close()
	if got := v.take(); got != asFound+"after all\n" {
		t.Errorf("sent %q", got)
	}
	if c.Cover() {
		t.Error("covered after Close")
	}
	if again, err := x.Console(); err != nil {
		t.Error(err)
	} else {
		again.Close()
	}
}

func TestRecent(t *testing.T) {
	x, _, errs := piped(Options{})
	log := x.Logger(false)
	log.Debug("too much")
	log.Info("remembered \x1b[2J", "a", "b")
	log.Warn("told")
	x.Warn("a warning \u202e")
	x.Error(errors.New("a fault"), "a hint")
	x.Attend(true)
	log.Debug("more")
	x.Attend(false)
	log.Debug("too much")
	var got []string
	for _, l := range x.Recent() {
		at, rest, _ := strings.Cut(l, " ")
		if len(at) != len("15:04:05.000") {
			t.Errorf("%q begins with no time", l)
		}
		got = append(got, rest)
	}
	want := `info remembered \x1b[2J a=b|warn told|shoal: warning: a warning \u202e|shoal: a fault|hint: a hint|debug more`
	if strings.Join(got, "|") != want {
		t.Errorf("remembered %q", got)
	}
	if strings.Contains(errs.String(), "remembered") || !strings.Contains(errs.String(), "told") {
		t.Errorf("said %q", errs)
	}
	for i := range 2 * maxRecent {
		x.Info(fmt.Sprint("line ", i, strings.Repeat("é", 1500)))
	}
	lines := x.Recent()
	if len(lines) != maxRecent || !strings.Contains(lines[0], "line 500é") || len(lines[0]) > maxRecentLine {
		t.Errorf("%d lines, the first %.40q of %d bytes", len(lines), lines[0], len(lines[0]))
	}
}
