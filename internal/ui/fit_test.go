package ui

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

func TestFit(t *testing.T) {
	tests := []struct {
		in    string
		width int
		want  string
	}{
		{"short", 10, "short"},
		{"exactly ten", 11, "exactly ten"},
		{"ubuntu-24.04-desktop-amd64.iso", 20, "ubuntu-24.…amd64.iso"},
		{"abcdef", 5, "ab…ef"},
		{"abcdef", 4, "ab…f"},
		{"abcdef", 2, "a…"},
		{"abcdef", 1, "…"},
		{"abcdef", 0, ""},
		{"abcdef", -3, ""},
		{"", 5, ""},
		{"日本語のファイル", 16, "日本語のファイル"},
		{"日本語のファイル", 9, "日本…イル"},
		{"日本語のファイル", 8, "日本…ル"},
		{"日本", 2, "…"},
		{"e\u0301e\u0301e\u0301e\u0301", 3, "e\u0301…e\u0301"},
		{"🇩🇪🇫🇷🇮🇹🇪🇸", 5, "🇩🇪…🇪🇸"},
		{"👍🏽👍🏽👍🏽", 5, "👍🏽…👍🏽"},
	}
	for _, tt := range tests {
		if got := Fit(tt.in, tt.width); got != tt.want {
			t.Errorf("Fit(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
		}
	}
}

func TestFitEnd(t *testing.T) {
	tests := []struct {
		in    string
		width int
		want  string
	}{
		{"no peers yet", 12, "no peers yet"},
		{"no peers yet", 9, "no peers…"},
		{"no peers yet", 10, "no peers…"},
		{"日本語", 4, "日…"},
		{"日本語", 1, "…"},
		{"日本語", 0, ""},
	}
	for _, tt := range tests {
		if got := FitEnd(tt.in, tt.width); got != tt.want {
			t.Errorf("FitEnd(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
		}
	}
}

// checkFit holds what Fit and FitEnd return to their promises.
func checkFit(t *testing.T, s string, width int) {
	t.Helper()
	s = Escape(s)
	whole := map[string]int{}
	for g := uniseg.NewGraphemes(s); g.Next(); {
		whole[g.Str()]++
	}
	for name, fit := range map[string]func(string, int) string{"Fit": Fit, "FitEnd": FitEnd} {
		got := fit(s, width)
		switch {
		case Width(got) > max(width, 0):
			t.Fatalf("%s(%q, %d) = %q, %d columns wide", name, s, width, got, Width(got))
		case !utf8.ValidString(got):
			t.Fatalf("%s(%q, %d) = %q: not UTF-8", name, s, width, got)
		case Width(s) <= width && got != s:
			t.Fatalf("%s(%q, %d) = %q: cut without need", name, s, width, got)
		case width >= 1 && s != "" && got == "":
			t.Fatalf("%s(%q, %d) shows nothing", name, s, width)
		}
		head, tail, cut := strings.Cut(got, ellipsis)
		if !cut || strings.Contains(s, ellipsis) {
			continue
		}
		if !strings.HasPrefix(s, head) || !strings.HasSuffix(s, tail) {
			t.Fatalf("%s(%q, %d) = %q: not the ends of it", name, s, width, got)
		}
		for _, part := range []string{head, tail} {
			for g := uniseg.NewGraphemes(part); g.Next(); {
				if whole[g.Str()] == 0 {
					t.Fatalf("%s(%q, %d) = %q: splits a character into %q", name, s, width, got, g.Str())
				}
			}
		}
	}
}

func TestFitOfMixtures(t *testing.T) {
	parts := []string{"a", " ", "日", "e\u0301", "🇩🇪", "👍🏽", "❤\ufe0f", "한", "ก็", "नि", "\x1b", "-", "\u0600", "🇩"}
	for i := range len(parts) * len(parts) * len(parts) {
		s := parts[i%len(parts)] + parts[i/len(parts)%len(parts)] + parts[i/len(parts)/len(parts)]
		for width := range 9 {
			checkFit(t, s+s, width)
		}
	}
}

func FuzzFit(f *testing.F) {
	f.Add("ubuntu-24.04.iso", 10)
	f.Add("日本語🇩🇪👍🏽e\u0301", 5)
	f.Add("\x1b[31m\xff", 3)
	f.Fuzz(func(t *testing.T, s string, width int) {
		if len(s) < 4096 && width < 10_000 {
			checkFit(t, s, width)
		}
	})
}
