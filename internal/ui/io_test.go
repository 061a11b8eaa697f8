package ui

import (
	"bytes"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
)

func env(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return m[name] }
}

func TestColorIsAllowed(t *testing.T) {
	tests := []struct {
		name string
		mode ColorMode
		tty  bool
		env  func(string) string
		want bool
	}{
		{"terminal", ColorAuto, true, env("TERM", "xterm"), true},
		{"pipe", ColorAuto, false, env("TERM", "xterm"), false},
		{"NO_COLOR", ColorAuto, true, env("TERM", "xterm", "NO_COLOR", "1"), false},
		{"NO_COLOR goes before force", ColorAuto, true, env("TERM", "xterm", "NO_COLOR", "1", "CLICOLOR_FORCE", "1"), false},
		{"empty NO_COLOR", ColorAuto, true, env("TERM", "xterm", "NO_COLOR", ""), true},
		{"dumb", ColorAuto, true, env("TERM", "dumb"), false},
		{"force", ColorAuto, false, env("CLICOLOR_FORCE", "1"), true},
		{"no force", ColorAuto, false, env("CLICOLOR_FORCE", "0"), false},
		{"CLICOLOR=0", ColorAuto, true, env("TERM", "xterm", "CLICOLOR", "0"), false},
		{"always", ColorAlways, false, env("NO_COLOR", "1", "TERM", "dumb"), true},
		{"never", ColorNever, true, env("TERM", "xterm", "CLICOLOR_FORCE", "1"), false},
	}
	for _, tt := range tests {
		x := NewIO(Options{Color: tt.mode, Getenv: tt.env, Terminal: &Terminal{ErrTTY: tt.tty, OutTTY: true}})
		if x.Color != tt.want {
			t.Errorf("%s: Color = %v", tt.name, x.Color)
		}
		x = NewIO(Options{Color: tt.mode, Getenv: tt.env, Terminal: &Terminal{OutTTY: tt.tty, ErrTTY: true}})
		if x.ColorOut != tt.want {
			t.Errorf("%s: ColorOut = %v", tt.name, x.ColorOut)
		}
	}
}

func TestHowWorkIsShown(t *testing.T) {
	tests := []struct {
		o    Options
		tty  bool
		term string
		want ProgressMode
	}{
		{Options{}, true, "xterm", ProgressBar},
		{Options{}, true, "dumb", ProgressLine},
		{Options{}, true, "", ProgressLine},
		{Options{}, false, "xterm", ProgressLine},
		{Options{Quiet: true}, true, "xterm", ProgressNone},
		{Options{Quiet: true, Progress: ProgressBar}, true, "xterm", ProgressNone},
		{Options{Progress: ProgressBar}, false, "", ProgressBar},
		{Options{Progress: ProgressLine}, true, "xterm", ProgressLine},
		{Options{Progress: ProgressNone}, true, "xterm", ProgressNone},
	}
	for _, tt := range tests {
		if tt.term == "" && runtime.GOOS == "windows" {
			continue // consoles set no TERM
		}
		tt.o.Getenv, tt.o.Terminal = env("TERM", tt.term), &Terminal{ErrTTY: tt.tty}
		if got := NewIO(tt.o).progress; got != tt.want {
			t.Errorf("%+v on %q: %v, want %v", tt.o, tt.term, got, tt.want)
		}
	}
}

func TestWidthOfATerminal(t *testing.T) {
	size := func(columns, rows int) func() (int, int) { return func() (int, int) { return columns, rows } }
	tests := []struct {
		size          func() (int, int)
		env           func(string) string
		columns, rows int
	}{
		{nil, env(), 80, 24},
		{size(132, 50), env("COLUMNS", "70"), 132, 50},
		{nil, env("COLUMNS", "70", "LINES", "10"), 70, 10},
		{size(0, 0), env("COLUMNS", "x", "LINES", "-4"), 80, 24},
		{size(3, 1), env(), 10, 1},
		{size(1<<30, 1<<30), env(), 1000, 500},
	}
	for _, tt := range tests {
		if c, r := (&Terminal{Size: tt.size}).size(tt.env); c != tt.columns || r != tt.rows {
			t.Errorf("%d by %d, want %d by %d", c, r, tt.columns, tt.rows)
		}
	}
}

func TestLocales(t *testing.T) {
	if !hasBlocks(env("LANG", "de_DE.UTF-8")) || !hasBlocks(env("LC_ALL", "C.utf8", "LANG", "C")) {
		t.Error("a UTF-8 locale has blocks")
	}
	if hasBlocks(env("LC_ALL", "C", "LANG", "de_DE.UTF-8")) && runtime.GOOS == "linux" {
		t.Error("LC_ALL goes before LANG")
	}
}

func TestModesAsFlags(t *testing.T) {
	var c ColorMode
	var p ProgressMode
	for _, word := range []string{"never", "always", "auto"} {
		if err := c.Set(word); err != nil || c.String() != word {
			t.Errorf("%s: %v %v", word, c, err)
		}
	}
	for _, word := range []string{"none", "line", "bar", "auto"} {
		if err := p.Set(word); err != nil || p.String() != word {
			t.Errorf("%s: %v %v", word, p, err)
		}
	}
	if err := c.Set("sometimes"); err == nil || err.Error() != `"sometimes" is none of auto, always, never` {
		t.Errorf("got %v", err)
	}
	if err := p.Set(""); err == nil {
		t.Error("an empty mode is taken")
	}
	if c.Type() != "auto|always|never" || p.Type() != "auto|bar|line|none" {
		t.Errorf("types %q %q", c.Type(), p.Type())
	}
}

func TestZeroOptions(t *testing.T) {
	x := NewIO(Options{})
	if n, err := x.In.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("In gave %d, %v", n, err)
	}
	x.Error(nil, "")
	if x.Width() != 80 || x.Color || x.OutTTY {
		t.Errorf("%+v", x)
	}
	x.Close()
}

func TestFilesThatAreNoTerminals(t *testing.T) {
	f, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	x := NewIO(Options{In: f, Out: f, Err: f, Getenv: env("TERM", "xterm")})
	if x.InTTY || x.OutTTY || x.ErrTTY || x.progress != ProgressLine {
		t.Errorf("%+v", x)
	}
}

func TestMessages(t *testing.T) {
	say := func(o Options) string {
		var b bytes.Buffer
		o.Err = &b
		x := NewIO(o)
		x.Error(errors.Join(errors.New("open a\x1b[2J\u202e.torrent: no such file"), errors.New("second")), "is it \x07 here?")
		x.Error(io.ErrUnexpectedEOF, "")
		x.Warn("tracker \x9b said no\n")
		x.Info("resume with: shoal get x")
		return b.String()
	}
	if got, want := say(Options{}), `shoal: open a\x1b[2J\u202e.torrent: no such file; second
hint: is it \x07 here?
shoal: unexpected EOF
shoal: warning: tracker \x9b said no
resume with: shoal get x
`; got != want {
		t.Errorf("got:\n%s", got)
	}
	quiet := say(Options{Quiet: true})
	if strings.Contains(quiet, "warning") || strings.Contains(quiet, "resume") || !strings.Contains(quiet, "shoal: unexpected EOF") {
		t.Errorf("quiet says:\n%s", quiet)
	}
	if got := say(Options{Color: ColorAlways}); !strings.HasPrefix(got, "\x1b[1;31mshoal:\x1b[0m open") || !strings.Contains(got, "\n\x1b[36mhint:\x1b[0m is") {
		t.Errorf("in colour: %q", got)
	}
}
