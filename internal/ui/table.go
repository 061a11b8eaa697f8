package ui

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Column is one column of a Table.
type Column struct {
	Title string
	Right bool // numbers stand to the right
	Flex  bool // gives way where the terminal is narrow; its cells are cut in the middle
	// Text says that what flexes is cut at its end: a sentence and not a name.
	Text bool
	// Optional columns are left out where the terminal is too narrow, the last one first.
	Optional bool
}

// Table writes results in columns to Out. On a terminal they are aligned, below titles, and cut to its
// width; elsewhere there is one line a row with a tab between cells, uncut and without titles, as cut
// and awk like it. Cells are escaped.
type Table struct {
	to      io.Writer
	tty     bool
	color   bool
	set     charset
	width   func() int
	columns []Column
	rows    [][]string
}

// Table begins a table. Nothing is written before Flush.
func (x *IO) Table(columns ...Column) *Table {
	return &Table{to: x.Out, tty: x.OutTTY, color: x.ColorOut, set: x.charsetOut, width: x.Width, columns: columns}
}

// tableOnErr is a table for what is told and is no result.
func (x *IO) tableOnErr(columns ...Column) *Table {
	return &Table{to: x.Err, tty: x.ErrTTY, color: x.Color, set: x.charset, width: x.Width, columns: columns}
}

// Row adds a row; cells that are missing are empty, and those beyond the columns are dropped.
func (t *Table) Row(cells ...string) {
	row := make([]string, len(t.columns))
	for i := range min(len(cells), len(row)) {
		row[i] = t.set.clean(cells[i])
	}
	t.rows = append(t.rows, row)
}

// Flush writes the table. The Table is empty afterwards.
func (t *Table) Flush() error {
	text := t.plain()
	if t.tty {
		text = t.aligned()
	}
	t.rows = nil
	return written(io.WriteString(t.to, text))
}

// written turns what a write returned into an error that says what was being done.
func written(_ int, err error) error {
	if err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	return nil
}

func (t *Table) plain() string {
	var b strings.Builder
	for _, row := range t.rows {
		b.WriteString(strings.Join(row, "\t") + "\n")
	}
	return b.String()
}

// gap is the space between two columns.
const gap = 2

func (t *Table) aligned() string {
	if len(t.rows) == 0 || len(t.columns) == 0 {
		return ""
	}
	widths := t.widths(t.width())
	var b strings.Builder
	titles := make([]string, len(t.columns))
	for i, c := range t.columns {
		titles[i] = c.Title
	}
	if strings.Join(titles, "") != "" {
		b.WriteString(paint(t.color, bold, t.format(titles, widths)) + "\n")
	}
	for _, row := range t.rows {
		b.WriteString(t.format(row, widths) + "\n")
	}
	return b.String()
}

// leftOut is the width of a column that is not shown, and roomy what flexes wants before others may stay.
const (
	leftOut = -1
	roomy   = 14
)

// widths is how wide each column is: as its widest cell, where need be less for those that flex. What
// must not be cut may go beyond the terminal.
func (t *Table) widths(columns int) []int {
	widths := make([]int, len(t.columns))
	least := -gap // with all that flexes cut to what is roomy
	for i, c := range t.columns {
		widths[i] = Width(c.Title)
		for _, row := range t.rows {
			widths[i] = max(widths[i], Width(row[i]))
		}
		least += gap + widths[i]
		if c.Flex {
			least -= max(widths[i]-roomy, 0)
		}
	}
	for i := len(widths) - 1; i >= 0 && least > columns; i-- {
		if t.columns[i].Optional {
			least -= gap + widths[i]
			widths[i] = leftOut
		}
	}
	t.shrink(widths, columns)
	return widths
}

// shrink takes columns from what flexes until all fit.
func (t *Table) shrink(widths []int, columns int) {
	total := -gap
	for _, w := range widths {
		if w != leftOut {
			total += gap + w
		}
	}
	for ; total > columns; total-- {
		widest := -1
		for i, c := range t.columns {
			if c.Flex && widths[i] > max(minName, Width(c.Title)) && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
	}
}

func (t *Table) format(cells []string, widths []int) string {
	var parts []string
	for i, cell := range cells {
		switch c := t.columns[i]; {
		case widths[i] == leftOut:
		case c.Right:
			parts = append(parts, padLeft(t.set.fit(cell, widths[i]), widths[i]))
		case c.Text:
			parts = append(parts, padRight(t.set.fitEnd(cell, widths[i]), widths[i]))
		default:
			parts = append(parts, padRight(t.set.fit(cell, widths[i]), widths[i]))
		}
	}
	return strings.TrimRight(strings.Join(parts, strings.Repeat(" ", gap)), " ")
}

// Fields writes pairs of a label and a value to Out, one a line, with the values below each other:
// "infohash:  aaf2…". Values are escaped and never cut; pairs with an empty value are left out.
func (x *IO) Fields(pairs ...string) error {
	if len(pairs)%2 != 0 {
		return errors.New("write results: a label without a value")
	}
	widest := 0
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			widest = max(widest, Width(x.TextOut(pairs[i])))
		}
	}
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		label := x.TextOut(pairs[i]) + ":"
		b.WriteString(paint(x.ColorOut, bold, label) + strings.Repeat(" ", widest+gap-Width(label)+1))
		b.WriteString(x.TextOut(pairs[i+1]) + "\n")
	}
	return written(io.WriteString(x.Out, b.String()))
}
