package ui

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"
)

// hostile are texts that each hold something which must not reach a terminal: every control character
// of 7 and 8 bits, as a rune and as a byte, marks of direction, what has no width, what is no UTF-8,
// and sequences that terminals obey. What follows the culprit is a Q, so that it is seen whether the
// culprit began a new line.
func hostile() []string {
	var culprits []string
	for r := rune(0); r < 0x20; r++ {
		culprits = append(culprits, string(r))
	}
	for r := rune(0x7f); r <= 0x9f; r++ {
		culprits = append(culprits, string(r), string([]byte{byte(r)}))
	}
	for _, r := range []rune{
		0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029,
		0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2061, 0x2064, 0x2065, 0x2066, 0x2067, 0x2068, 0x2069, 0x206a, 0x206f,
		0x3164, 0xe000, 0xfe00, 0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0xfffb, 0xfffe, 0xe0001, 0xe0041, 0xe007f, 0xe0100, 0xf0000, 0x10ffff,
	} {
		culprits = append(culprits, string(r))
	}
	culprits = append(culprits,
		"\xff", "\xfe", "\x80", "\xbf", "\xc0\x80", "\xc0\x9b", "\xe0\x80\x9b", "\xed\xa0\x80", "\xf0\x80\x80\x9b", "\xf4\x90\x80\x80", "\xe2\x80", "\xc3", "\xf8\x88\x80\x80\x80",
		"\x1b[2J", "\x1b]0;title\x07", "\x1b]52;c;Zm9v\x1b\\", "\x1bP$q\x1b\\", "\x1b[?1049h", "\x9b2J", "\u009b2J", "\x1bc", "\x1b[6n", "\r\n", "\x0e", "\x1b%G",
		strings.Repeat("\u0301", 100), "\u202e\u2066\u2067",
	)
	texts := []string{}
	for i, c := range culprits {
		texts = append(texts, []string{c + "Q", "a" + c + "Q" + c, "日" + c + "Q"}[i%3])
	}
	return texts
}

// ours are the sequences that ui itself sends.
var ours = regexp.MustCompile(`\x1b\[(\?7|\?2026)[hl]|\r?\x1b\[\d+A|\x1b\[[KJ]|\x1b\[[0-9;]*m`)

// harmless says what is wrong with output; "" is nothing. A tab and a newline are what tables and lines
// are made of, each put there by ui: none may come from the text.
func harmless(out string, ascii bool) string {
	out = ours.ReplaceAllString(out, "")
	if !utf8.ValidString(out) {
		return "no UTF-8"
	}
	for _, r := range out {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
		case dangerous(r):
			return fmt.Sprintf("%U got through", r)
		case ascii && r > 0x7e:
			return fmt.Sprintf("%U got through to a terminal of ASCII", r)
		}
	}
	if regexp.MustCompile(`(?m)(^|\t|\r)Q`).MatchString(out) {
		return "a line of its own was begun"
	}
	return ""
}

// speak gives a text to everything in ui that takes one.
func speak(x *IO, text string) {
	x.Info("a" + text)
	x.Warn("a" + text)
	x.Error(errors.New("a"+text), "a"+text)
	x.Error(fmt.Errorf("open %s: %w", text, errors.Join(errors.New(text), errors.New("b"))), "")
	fmt.Fprintln(x.Out, x.TextOut("a"+text))
	fmt.Fprintln(x.Err, x.Text("a"+text))
	table := x.Table(Column{Title: "NAME", Flex: true}, Column{Title: "N", Right: true}, Column{Flex: true, Text: true})
	table.Row("a"+text, "b"+text, "c"+text)
	_ = table.Flush()
	_ = x.Fields("a"+text, "b"+text)
	log := x.Logger(true)
	log.Debug(text, "a"+text, text)
	log.WithGroup("g"+text).With("a"+text, text).Warn("m", slog.Group("g"+text, "b"+text, errors.New(text)), slog.Any("c", []string{text}))
	x.Summary(time.Second, []Outcome{{Name: "a" + text, Phase: Failed, Reason: text}})
	x.Summary(time.Second, []Outcome{{Name: "a" + text, Phase: Failed, Reason: text}, {Name: "a" + text}})
	p := x.Progress(ProgressOptions{})
	for _, phase := range []Phase{Waiting, Downloading, Seeding, Failed} {
		p.Add(func() Row { return Row{Name: "a" + text, Note: text, Phase: phase} })
		p.Add(func() Row { return Row{Name: "a" + text, Note: text, Phase: phase, Done: 1, Total: 2} }).Done()
	}
	p.show()
	p.Print("a" + text)
	p.Close()
}

func TestNoHostileTextGetsThrough(t *testing.T) {
	for _, way := range []struct {
		locale string
		tty    bool
		mode   ProgressMode
	}{
		{"C", true, ProgressBar}, {"C.UTF-8", true, ProgressBar}, {"C.UTF-8", true, ProgressLine},
		{"C", false, ProgressLine}, {"C.UTF-8", false, ProgressLine}, {"C", false, ProgressBar},
	} {
		synctest.Test(t, func(t *testing.T) {
			for _, text := range hostile() {
				var out, errs bytes.Buffer
				x := NewIO(Options{
					Out: &out, Err: &errs, Progress: way.mode, Getenv: env("LANG", way.locale, "TERM", "xterm"),
					Terminal: &Terminal{OutTTY: way.tty, ErrTTY: way.tty, Size: func() (int, int) { return 120, 60 }},
				})
				speak(x, text)
				for name, b := range map[string]string{"stdout": out.String(), "stderr": errs.String(), "recent": strings.Join(x.Recent(), "\n")} {
					if fault := harmless(b, way.tty && way.locale == "C"); fault != "" {
						t.Fatalf("%q to %s, %+v: %s\n%q", text, name, way, fault, b)
					}
					if !strings.Contains(b, "Q") {
						t.Fatalf("%q left nothing on %s", text, name)
					}
				}
			}
		})
	}
}

// Events are for programs, and land on terminals all the same.
func TestNoHostileTextGetsThroughAsAnEvent(t *testing.T) {
	for _, text := range hostile() {
		var b bytes.Buffer
		j := NewJSON(&b)
		id := Ident{InfoHash: text, Name: text}
		for _, fields := range []any{
			AddedEvent{id, text}, ErrorEvent{id, text, 1, text, text}, Result{Ident: id, Source: text, Path: text, Message: text, Hint: text},
			ProgressEvent{Ident: id, State: text, Note: text}, FileEvent{id, 1, text, 1}, SeedingEvent{Ident: id, Magnet: text},
			map[string]any{"k" + text: []string{text}},
		} {
			if err := j.Emit("e"+text, fields); err != nil {
				t.Fatal(err)
			}
		}
		for _, r := range strings.ReplaceAll(b.String(), "\n", "") {
			if dangerous(r) {
				t.Fatalf("%q: %U got through\n%q", text, r, b.String())
			}
		}
		if strings.Count(b.String(), "\n") != 7 {
			t.Fatalf("%q: %q", text, b.String())
		}
	}
}
