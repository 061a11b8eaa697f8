package view

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/shoal-project/shoal/internal/ui"
)

// culprits are what must not reach a terminal.
func culprits() []string {
	list := []string{
		"\x1b[2J", "\x1b]0;title\x07", "\x1b]52;c;Zm9v\x1b\\", "\x1b]8;;http://x\x1b\\", "\x1bP$q\x1b\\", "\x1b[?1049l", "\x9b2J", "\u009b2J", "\x1bc",
		"\x1b[6n", "\r\n", "\xff", "\xc0\x9b", "\xed\xa0\x80", "\xf4\x90\x80\x80", strings.Repeat("\u0301", 100),
	}
	for r := rune(0); r <= 0x9f; r++ {
		if r < 0x20 || r >= 0x7f {
			list = append(list, string(r), string([]byte{byte(r)}))
		}
	}
	for _, r := range []rune{
		0xad, 0x61c, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202d, 0x202e, 0x2060, 0x2066, 0x2067, 0x2069,
		0x3164, 0xe000, 0xfeff, 0xfffb, 0xfffe, 0xe0041, 0xe0100, 0x10ffff,
	} {
		list = append(list, string(r))
	}
	return list
}

// evil is a source that has a culprit in each of its texts.
type evil []string

func (e evil) text(i int) string { return "a" + e[i%len(e)] + "Q" }

func (e evil) Transfers() []Transfer {
	list := make([]Transfer, len(e))
	for i := range e {
		phase := []ui.Phase{ui.Downloading, ui.Metadata, ui.Failed, ui.Seeding}[i%4]
		list[i] = Transfer{ID: e.text(i), Row: ui.Row{Name: e.text(i), Phase: phase, Done: 1, Total: int64(i % 3), Note: e.text(i)}}
	}
	return list
}

func (e evil) Detail(string) Detail {
	var d Detail
	for i := range e {
		t := e.text(i)
		d.Facts = append(d.Facts, Fact{t, t})
		d.Peers = append(d.Peers, Peer{Address: t, Client: t, Flags: t})
		d.Finders = append(d.Finders, Finder{t, t, i%2 == 0})
		d.Flags = append(d.Flags, t)
	}
	return d
}

// ours are the sequences that tcell sends for us.
var ours = regexp.MustCompile(`\x1b\[(\?(1|7|25|1000|1002|1003|1004|1006|1016|1049|2004|2026)[hl]|\d*;?\d*H|J|[0-9;]*m|2[23];2t)|\x1b[=>]|\x1b\(B\x1b\)0`)

func TestNoHostileTextGetsThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := culprits()
		for _, size := range [][2]int{{300, 1 + len(list)*4}, {80, len(list)}} {
			s := show(t, size[0], size[1], evil(list))
			for i := range list {
				s.x.Warn(evil(list).text(i))
				s.x.Logger(false).Debug(evil(list).text(i))
			}
			s.press("2", "3", "4", "5", "6", "7", "?")
			shown := s.text()
			s.stop()
			if !strings.Contains(shown, `a\x1b[2JQ`) || !strings.Contains(shown, `a\u202eQ`) {
				t.Fatalf("the texts are not shown:\n%s", shown)
			}
			sent := s.take()
			sent = sent[:strings.LastIndex(sent, "\x1b[?1049l")]
			for _, r := range strings.ReplaceAll(ours.ReplaceAllString(sent, ""), "  \b\b", "") {
				if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
					t.Fatalf("%U got through", r)
				}
			}
		}
	})
}

// What a source says is bounded before it is looked at.
func TestASourceThatSaysTooMuch(t *testing.T) {
	x := ui.NewIO(ui.Options{})
	d := Detail{Pieces: make([]Cell, 2*MaxCells)}
	for i := range 10_000 {
		text := fmt.Sprint(i) + strings.Repeat("日", 10_000)
		d.Peers = append(d.Peers, Peer{Address: text})
		d.Finders = append(d.Finders, Finder{Name: text})
		d.Facts = append(d.Facts, Fact{text, text})
	}
	c := cleanDetail(x, d)
	if len(c.Peers) != maxPeers || len(c.Finders) != maxFinders || len(c.Facts) != maxFacts || len(c.Peers[0].Address) > maxText || len(c.Pieces) != MaxCells {
		t.Errorf("%d peers, %d finders, %d facts, %d bytes of address", len(c.Peers), len(c.Finders), len(c.Facts), len(c.Peers[0].Address))
	}
}

// A source that panics does so with the terminal as it was found.
func TestASourceThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newTerminal(t, 80, 24)
		x := v.io()
		c, err := x.Console()
		if err != nil {
			t.Fatal(err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic is swallowed")
				}
			}()
			_ = New(x, panics{time.Now()}).watch(t.Context(), c)
		}()
		c.Close()
		sent := v.take()
		if strings.LastIndex(sent, "\x1b[?1049h") > strings.LastIndex(sent, "\x1b[?1049l") || !strings.Contains(sent, "\x1b[?1049h") {
			t.Errorf("sent %q", sent)
		}
	})
}

type panics struct{ began time.Time }

func (p panics) Transfers() []Transfer {
	if time.Since(p.began) > time.Second {
		panic("boom")
	}
	return nil
}

func (panics) Detail(string) Detail { return Detail{} }
