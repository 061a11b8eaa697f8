package ui

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks may sit on one letter. Living scripts need fewer; more of them
// paint over the lines above and below.
const maxMarks = 8

// Escape makes text from outside safe to show on a terminal and to keep in a log, on one line. What
// is left are letters, marks, numbers, punctuation, symbols and spaces. Everything else is written as
// \n, \r, \t, \x1b, \u202e or \U000e0041: control characters, direction marks and overrides, zero
// width and invisible characters, line separators, private and unassigned code points, and each byte
// that is not UTF-8. Escape leaves a backslash as it is, so doing it twice changes nothing.
func Escape(s string) string {
	i := firstUnsafe(s)
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	previous, marks := rune(0), 0
	for rest := s; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, rest[0])
			previous, marks = 'x', 0
		case !safe(r) || !fits(r, previous, marks):
			b.WriteString(escapeRune(r))
			previous, marks = 'x', 0
		default:
			b.WriteString(rest[:size])
			if unicode.Is(unicode.M, r) {
				marks++
			} else {
				previous, marks = r, 0
			}
		}
		rest = rest[size:]
	}
	return b.String()
}

// firstUnsafe finds the first byte that may need work, -1 where all are printable ASCII.
func firstUnsafe(s string) int {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return i
		}
	}
	return -1
}

// safe says whether a rune may reach a terminal at all.
func safe(r rune) bool {
	return unicode.IsGraphic(r) && !unicode.Is(invisible, r)
}

// fits says whether a safe rune may stand where it does: a mark needs a letter to sit on, and the
// selectors of text and emoji style need a symbol that has two.
func fits(r, previous rune, marks int) bool {
	switch {
	case r == 0xfe0e || r == 0xfe0f:
		return marks == 0 && previous > 0x7f && (unicode.IsSymbol(previous) || unicode.IsPunct(previous))
	case unicode.Is(unicode.M, r):
		return previous != 0 && marks < maxMarks
	}
	return true
}

// invisible are the graphic characters, by Unicode's categories, that show nothing: joiners, fillers
// and selectors of the property Default_Ignorable_Code_Point.
var invisible = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x034f, Hi: 0x034f, Stride: 1}, // combining grapheme joiner
		{Lo: 0x115f, Hi: 0x1160, Stride: 1}, // Hangul fillers
		{Lo: 0x17b4, Hi: 0x17b5, Stride: 1}, // Khmer inherent vowels
		{Lo: 0x180b, Hi: 0x180f, Stride: 1}, // Mongolian selectors
		{Lo: 0x3164, Hi: 0x3164, Stride: 1}, // Hangul filler
		{Lo: 0xfe00, Hi: 0xfe0d, Stride: 1}, // variation selectors but those of emoji
		{Lo: 0xffa0, Hi: 0xffa0, Stride: 1}, // halfwidth Hangul filler
	},
	R32: []unicode.Range32{
		{Lo: 0xe0100, Hi: 0xe01ef, Stride: 1}, // more variation selectors
	},
}

func escapeRune(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}
