package ui

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestEscape(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", "", ""},
		{"ascii", "a plain name (1).txt", "a plain name (1).txt"},
		{"scripts", "Größe 日本語 עברית العربية हिन्दी ไทย 한국어", "Größe 日本語 עברית العربية हिन्दी ไทย 한국어"},
		{"decomposed", "e\u0301te\u0301", "e\u0301te\u0301"},
		{"emoji with style", "I ❤\ufe0f Linux 🎉👍🏽🇩🇪", "I ❤\ufe0f Linux 🎉👍🏽🇩🇪"},
		{"wide space", "東京\u3000駅", "東京\u3000駅"},
		{"backslash", `C:\new\x1b`, `C:\new\x1b`},
		{"escape sequence", "\x1b[2J\x1b]0;title\x07", `\x1b[2J\x1b]0;title\x07`},
		{"line", "a\r\nb\tc", `a\r\nb\tc`},
		{"nul and del", "\x00\x7f", `\x00\x7f`},
		{"C1 as runes", "\u0085\u009b31m", `\u0085\u009b31m`},
		{"C1 as bytes", "\x85\x9b31m", `\x85\x9b31m`},
		{"bad UTF-8", "a\xffb\xc3", `a\xffb\xc3`},
		{"surrogate", "\xed\xa0\x80", `\xed\xa0\x80`},
		{"overlong", "\xc0\x8a", `\xc0\x8a`},
		{"override", "cod\u202egpj.exe", `cod\u202egpj.exe`},
		{"isolates", "\u2066a\u2069\u2067\u2068", `\u2066a\u2069\u2067\u2068`},
		{"marks of direction", "\u200e\u200f\u061c", `\u200e\u200f\u061c`},
		{"separators", "a\u2028b\u2029c", `a\u2028b\u2029c`},
		{"zero width", "a\u200bb\u200cc\u200dd\u2060e\ufefff", `a\u200bb\u200cc\u200dd\u2060e\ufefff`},
		{"soft hyphen", "a\u00adb", `a\u00adb`},
		{"fillers", "\u115f\u3164\uffa0\u034f", `\u115f\u3164\uffa0\u034f`},
		{"tags", "a\U000e0041\U000e007f", `a\U000e0041\U000e007f`},
		{"selectors", "a\ufe00b\ufe0fc\U000e0100", `a\ufe00b\ufe0fc\U000e0100`},
		{"private use", "\ue000\U0010fffd", `\ue000\U0010fffd`},
		{"unassigned", "\u0378\U000e0080", `\u0378\U000e0080`},
		{"mark without a letter", "\u0301abc", `\u0301abc`},
		{"mark after an escape", "\n\u0301", `\n` + "\u0301"},
		{"too many marks", "a" + strings.Repeat("\u0301", 10), "a" + strings.Repeat("\u0301", 8) + `\u0301` + "\u0301"},
		{"replacement character", "a\ufffdb", "a\ufffdb"},
	}
	for _, tt := range tests {
		if got := Escape(tt.in); got != tt.want {
			t.Errorf("%s: Escape(%q) = %q, want %q", tt.name, tt.in, got, tt.want)
		}
	}
}

// dangerous is written down apart from the code under test, by the ranges of the Unicode standard.
func dangerous(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r <= 0x9f, // controls
		r == 0x61c, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f,
		r == 0xad, r == 0xfeff, r >= 0xfff0 && r <= 0xfffb,
		r == 0x34f, r == 0x115f, r == 0x1160, r == 0x3164, r == 0xffa0, r >= 0x180b && r <= 0x180f,
		r >= 0xfe00 && r <= 0xfe0d,
		r >= 0xe0000 && r <= 0xe0fff, // tags and selectors
		r >= 0xe000 && r <= 0xf8ff, r >= 0xf0000,
		r >= 0xd800 && r <= 0xdfff, r&0xfffe == 0xfffe:
		return true
	}
	return false
}

// checkEscaped holds what Escape returned to its promises.
func checkEscaped(t *testing.T, in string) {
	t.Helper()
	out := Escape(in)
	if !utf8.ValidString(out) {
		t.Fatalf("Escape(%q) = %q: not UTF-8", in, out)
	}
	for _, r := range out {
		if dangerous(r) || !unicode.IsGraphic(r) {
			t.Fatalf("Escape(%q) = %q: %U got through", in, out, r)
		}
	}
	if again := Escape(out); again != out {
		t.Fatalf("Escape(%q) = %q, and of that %q", in, out, again)
	}
	if in != "" && Width(out) == 0 {
		t.Fatalf("Escape(%q) = %q: shows nothing", in, out)
	}
}

func TestEscapeLetsNoRuneThroughThatIsDangerous(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if dangerous(r) && r < 0xf0000 || r%97 == 0 {
			checkEscaped(t, string(r))
			checkEscaped(t, "a"+string(r)+"❤"+string(r))
		}
	}
	for b := range 256 {
		checkEscaped(t, string([]byte{byte(b)}))
		checkEscaped(t, string([]byte{'a', byte(b), 'b'}))
	}
}

func TestEscapeOfNoise(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		b := make([]byte, rng.IntN(24))
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		checkEscaped(t, string(b))
		var s strings.Builder
		for range rng.IntN(12) {
			s.WriteRune(rune(rng.IntN(0x3100)))
		}
		checkEscaped(t, s.String())
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b[31m", "\u202e", "\xff\xfe", "❤\ufe0f", "e\u0301", "\U000e0041"} {
		f.Add(s)
	}
	f.Fuzz(checkEscaped)
}
