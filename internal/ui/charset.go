package ui

import (
	"strings"
	"unicode/utf8"
)

// charset is what a stream can show.
type charset struct {
	blocks bool // the locale has block characters
	// ascii is a terminal whose locale has no UTF-8. It may take the bytes of other letters for control
	// characters of 8 bits, so it gets none.
	ascii bool
}

// clean is Escape for one stream.
func (c charset) clean(s string) string {
	s = Escape(s)
	if c.ascii {
		return onlyASCII(s)
	}
	return s
}

// line makes one clean line of a text. Joined errors come with a newline between them.
func (c charset) line(text string) string {
	return c.clean(strings.ReplaceAll(strings.TrimSpace(text), "\n", "; "))
}

// dots stand for what was cut out.
func (c charset) dots() string {
	if c.ascii {
		return ".."
	}
	return ellipsis
}

func (c charset) fit(s string, width int) string    { return fit(s, width, c.dots()) }
func (c charset) fitEnd(s string, width int) string { return fitEnd(s, width, c.dots()) }

// onlyASCII writes all other runes as \u65e5.
func onlyASCII(s string) string {
	if firstUnsafe(s) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
		} else {
			b.WriteString(escapeRune(r))
		}
	}
	return b.String()
}

// Text makes text from outside safe to show on Err, on one line: what Escape does, and in a locale
// without UTF-8 also \u00fc for each letter that is not ASCII.
func (x *IO) Text(s string) string { return x.charset.clean(s) }

// TextOut is Text for Out.
func (x *IO) TextOut(s string) string { return x.charsetOut.clean(s) }

// Fit cuts clean text to at most width columns, out of its middle, with dots that Err can show.
func (x *IO) Fit(s string, width int) string { return x.charset.fit(s, width) }

// FitEnd cuts clean text to at most width columns, from its end, with dots that Err can show.
func (x *IO) FitEnd(s string, width int) string { return x.charset.fitEnd(s, width) }
