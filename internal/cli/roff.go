package cli

import (
	"fmt"
	"strings"
	"time"
)

// roff writes one manual page, with the macros of man(7).
type roff struct {
	file string
	b    strings.Builder
}

// newRoff begins a page of a section of the manual.
func newRoff(name string, section int, date time.Time, short string) *roff {
	r := &roff{file: fmt.Sprintf("%s.%d", name, section)}
	fmt.Fprintf(&r.b, ".TH %q %d %q %q %q\n", strings.ToUpper(name), section, date.Format(time.DateOnly), "shoal "+Version, "shoal")
	r.section("NAME")
	fmt.Fprintf(&r.b, "%s \\- %s\n", roffText(name), roffText(short))
	return r
}

func (r *roff) page() manPage { return manPage{r.file, r.b.String()} }

func (r *roff) section(title string)    { fmt.Fprintf(&r.b, ".SH %q\n", title) }
func (r *roff) subsection(title string) { fmt.Fprintf(&r.b, ".SS %q\n", title) }

// synopsis is how a command is typed.
func (r *roff) synopsis(line string) {
	name, rest, _ := strings.Cut(line, " ")
	fmt.Fprintf(&r.b, "\\fB%s\\fR %s\n", roffText(name), roffText(rest))
}

// filled is text whose lines may be broken anew; an empty line ends a paragraph.
func (r *roff) filled(text string) {
	for i, paragraph := range strings.Split(text, "\n\n") {
		if i > 0 {
			r.b.WriteString(".PP\n")
		}
		for line := range strings.SplitSeq(strings.TrimSpace(paragraph), "\n") {
			r.b.WriteString(roffLine(line) + "\n")
		}
	}
}

// asIs is text whose lines stay as they are.
func (r *roff) asIs(text string) {
	r.b.WriteString(".nf\n")
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		r.b.WriteString(roffLine(line) + "\n")
	}
	r.b.WriteString(".fi\n")
}

// tagged is a text with what it is about before it.
func (r *roff) tagged(tag, text string) {
	fmt.Fprintf(&r.b, ".TP\n\\fB%s\\fR\n%s\n", roffText(tag), roffLine(text))
}

// roffText escapes what means something inside a line: the backslash, and signs that would be set as others than
// those to be typed.
func roffText(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", "\\(ga", "^", `\(ha`, "~", `\(ti`, `"`, `\(dq`).Replace(text)
}

// roffLine escapes a whole line: a dot at its begin would be a request.
func roffLine(line string) string {
	text := roffText(line)
	if strings.HasPrefix(text, ".") {
		return `\&` + text
	}
	return text
}
