package ui

import (
	"io"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/term"
)

// Terminal is what is known of the terminal behind the streams of a run. Tests state it; otherwise
// NewIO finds it out.
type Terminal struct {
	InTTY, OutTTY, ErrTTY bool
	// Size asks for the columns and rows as they are now; zeros are unknown. Nil is unknown.
	Size func() (columns, rows int)
	// Foreground says whether the process may draw: a job in the background may not. Nil is yes.
	Foreground func() bool
	// Keys stands for the keyboard of a Console: it waits a moment for keys and returns 0 where none
	// was pressed. Nil reads them from In.
	Keys func(p []byte) (int, error)

	restore func()
}

// descriptor is what an *os.File has and a buffer has not.
type descriptor interface{ Fd() uintptr }

// fdOf returns the descriptor of a stream, -1 where it has none.
func fdOf(stream any) int {
	if f, ok := stream.(descriptor); ok {
		return int(f.Fd())
	}
	return -1
}

func isTerminal(stream any) bool {
	fd := fdOf(stream)
	return fd >= 0 && term.IsTerminal(fd)
}

// detect finds out what the streams are connected to.
func detect(in io.Reader, out, err io.Writer) *Terminal {
	t := &Terminal{InTTY: isTerminal(in), OutTTY: isTerminal(out), ErrTTY: isTerminal(err)}
	fd := -1
	switch {
	case t.ErrTTY:
		fd = fdOf(err)
	case t.OutTTY:
		fd = fdOf(out)
	default:
		return t
	}
	t.Size = func() (int, int) {
		columns, rows, err := term.GetSize(fd)
		if err != nil {
			return 0, 0
		}
		return columns, rows
	}
	t.Foreground = func() bool { return inForeground(fd) }
	t.restore = allowSequences(fd)
	return t
}

// dumb says whether the terminal cannot move its cursor. Windows consoles set no TERM.
func dumb(getenv func(string) string) bool {
	switch getenv("TERM") {
	case "dumb":
		return true
	case "":
		return runtime.GOOS != "windows"
	}
	return false
}

// colored decides on colour for one stream. The flag goes first, then NO_COLOR (no-color.org), then
// CLICOLOR_FORCE and CLICOLOR (bixense.com/clicolors), then what the stream is.
func colored(mode ColorMode, tty bool, getenv func(string) string) bool {
	switch {
	case mode != ColorAuto:
		return mode == ColorAlways
	case getenv("NO_COLOR") != "":
		return false
	case getenv("CLICOLOR_FORCE") != "" && getenv("CLICOLOR_FORCE") != "0":
		return true
	case getenv("CLICOLOR") == "0":
		return false
	}
	return tty && !dumb(getenv)
}

// hasBlocks says whether the locale can show block characters and an ellipsis.
func hasBlocks(getenv func(string) string) bool {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := getenv(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}

// columns and rows that are believed: a size of nonsense must not make us draw for ever.
const (
	defaultColumns = 80
	minColumns     = 10
	maxColumns     = 1000
	defaultRows    = 24
	maxRows        = 500
)

// size is the terminal's size, or that of the variables COLUMNS and LINES, or 80 by 24.
func (t *Terminal) size(getenv func(string) string) (columns, rows int) {
	if t.Size != nil {
		columns, rows = t.Size()
	}
	if columns <= 0 {
		columns, _ = strconv.Atoi(getenv("COLUMNS"))
	}
	if rows <= 0 {
		rows, _ = strconv.Atoi(getenv("LINES"))
	}
	if columns <= 0 {
		columns = defaultColumns
	}
	if rows <= 0 {
		rows = defaultRows
	}
	return min(max(columns, minColumns), maxColumns), min(rows, maxRows)
}
