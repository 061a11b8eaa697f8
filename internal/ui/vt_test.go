package ui

import (
	"strconv"
	"strings"
	"sync"

	"github.com/rivo/uniseg"
)

// vt is a small terminal: it obeys the sequences that ui sends and no others, folds long lines, and
// scrolls. It remembers every screen line there ever was.
type vt struct {
	mu            sync.Mutex
	columns, rows int
	lines         [][]string // cells of each line, those scrolled away included
	row, column   int        // of the cursor; row counts from the first line ever
	sent          strings.Builder
	writes        int
	bad           []string // sequences it does not know
	noFold        bool
	runewise      bool // takes each rune of a character for one, as some terminals do
}

func newVT(columns, rows int) *vt { return &vt{columns: columns, rows: rows} }

// terminal is what NewIO is told of it.
func (v *vt) terminal() *Terminal {
	return &Terminal{OutTTY: true, ErrTTY: true, Size: func() (int, int) {
		v.mu.Lock()
		defer v.mu.Unlock()
		return v.columns, v.rows
	}}
}

// resize makes the terminal wider or narrower the way most do: lines that no longer fit are folded.
func (v *vt) resize(columns int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var folded [][]string
	row := v.row
	for i, l := range v.lines {
		if i == v.row {
			row = len(folded)
		}
		for len(l) > columns {
			folded = append(folded, l[:columns])
			l = l[columns:]
		}
		folded = append(folded, l)
	}
	if v.row >= len(v.lines) {
		row = len(folded) + v.row - len(v.lines)
	}
	v.lines, v.row, v.columns = folded, row, columns
}

func (v *vt) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sent.Write(p)
	v.writes++
	for s := string(p); s != ""; {
		s = v.step(s)
	}
	return len(p), nil
}

func (v *vt) step(s string) string {
	switch {
	case s[0] == '\r':
		v.column = 0
		return s[1:]
	case s[0] == '\n':
		v.row, v.column = v.row+1, 0
		v.line()
		return s[1:]
	case strings.HasPrefix(s, "\x1b["):
		end := strings.IndexFunc(s[2:], func(r rune) bool { return r >= '@' && r <= '~' })
		v.sequence(s[2:2+end], s[2+end])
		return s[3+end:]
	case s[0] < 0x20 || s[0] == 0x7f:
		v.bad = append(v.bad, strconv.Quote(s[:1]))
		return s[1:]
	}
	c, rest, width, _ := uniseg.FirstGraphemeClusterInString(s, -1)
	if v.runewise {
		width = 0
		for _, r := range c {
			width += uniseg.StringWidth(string(r))
		}
	}
	v.put(c, width)
	return rest
}

func (v *vt) put(c string, width int) {
	if v.column+width > v.columns && v.noFold {
		v.column = max(v.columns-width, 0)
	} else if v.column+width > v.columns {
		v.row, v.column = v.row+1, 0
	}
	l := v.line()
	for len(*l) < v.column+width {
		*l = append(*l, " ")
	}
	(*l)[v.column] = c
	for i := 1; i < width; i++ {
		(*l)[v.column+i] = ""
	}
	v.column += width
}

func (v *vt) line() *[]string {
	for len(v.lines) <= v.row {
		v.lines = append(v.lines, nil)
	}
	return &v.lines[v.row]
}

func (v *vt) sequence(args string, final byte) {
	n, _ := strconv.Atoi(args)
	switch {
	case final == 'm':
	case args == "?2026" && (final == 'l' || final == 'h'):
	case args == "?7" && (final == 'l' || final == 'h'):
		v.noFold = final == 'l'
	case final == 'A' && n > 0:
		v.row = max(v.row-n, len(v.lines)-v.rows, 0)
	case final == 'K' && args == "":
		l := v.line()
		*l = (*l)[:min(len(*l), v.column)]
	case final == 'J' && args == "":
		l := v.line()
		*l = (*l)[:min(len(*l), v.column)]
		v.lines = v.lines[:v.row+1]
	default:
		v.bad = append(v.bad, args+string(rune(final)))
	}
}

// text is all lines, without the blanks at their ends.
func (v *vt) text() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var b strings.Builder
	for _, l := range v.lines {
		b.WriteString(strings.TrimRight(strings.Join(l, ""), " ") + "\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// take returns what was sent since the last call.
func (v *vt) take() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	defer v.sent.Reset()
	return v.sent.String()
}

// count is how many writes there were since it was reset.
func (v *vt) count(reset bool) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	if reset {
		v.writes = 0
	}
	return v.writes
}
