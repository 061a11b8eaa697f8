package ui

import (
	"fmt"
	"strings"
	"time"
)

// Outcome is what became of one row, for Summary.
type Outcome struct {
	Name     string // untrusted
	Phase    Phase  // Done, Seeding, Stopped or Failed
	Bytes    int64  // of it that are there
	Took     time.Duration
	Average  int64 // bytes a second
	Uploaded int64 // bytes
	Ratio    float64
	Reason   string // why it is not done; untrusted
}

// maxOutcomes is how many rows a summary has; where there are more, those that are done are left to
// the line of totals.
const maxOutcomes = 40

// Summary tells on Err what became of all rows, once Progress is closed: a table with a line of totals
// on a terminal, the totals in one line elsewhere, where each row has had a line of its own. One row is
// told in one line, and nothing is said of none. took is the time of the whole run. Quiet hides it.
func (x *IO) Summary(took time.Duration, rows []Outcome) {
	switch {
	case x.Quiet || len(rows) == 0:
	case len(rows) == 1:
		x.Info(rows[0].line())
	default:
		if x.ErrTTY {
			x.summaryTable(rows)
		}
		x.Info("total: " + sumOf(rows).text(len(rows), took))
	}
}

// line is "NAME: done, 1.2 GiB in 3m05s, 6.8 MiB/s, ratio 0.02".
func (o *Outcome) line() string {
	text := fmt.Sprintf("%s: %s, %s in %s", oneLine(o.Name), o.result(), Bytes(o.Bytes), Duration(o.Took))
	if o.Average > 0 {
		text += ", " + Rate(o.Average)
	}
	if o.Uploaded > 0 {
		text += fmt.Sprintf(", ratio %.2f", o.Ratio)
	}
	if o.Reason != "" {
		text += ": " + oneLine(o.Reason)
	}
	return text
}

// result is one word.
func (o *Outcome) result() string {
	if o.Phase == Seeding {
		return Done.String()
	}
	return o.Phase.String()
}

func (o *Outcome) done() bool { return o.Phase == Done || o.Phase == Seeding }

// outcomes adds rows up.
type outcomes struct {
	done, failed, stopped int
	bytes                 int64
}

func sumOf(rows []Outcome) outcomes {
	var s outcomes
	for i := range rows {
		switch o := &rows[i]; {
		case o.done():
			s.done++
		case o.Phase == Failed:
			s.failed++
		default:
			s.stopped++
		}
		s.bytes += rows[i].Bytes
	}
	return s
}

// text is "3 of 5 done, 1 failed, 1 stopped, 12.3 GiB in 5m12s".
func (s outcomes) text(count int, took time.Duration) string {
	parts := []string{fmt.Sprintf("%d of %d done", s.done, count)}
	if s.failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", s.failed))
	}
	if s.stopped > 0 {
		parts = append(parts, fmt.Sprintf("%d stopped", s.stopped))
	}
	return strings.Join(parts, ", ") + fmt.Sprintf(", %s in %s", Bytes(s.bytes), Duration(took))
}

func (x *IO) summaryTable(rows []Outcome) {
	t := x.tableOnErr(
		Column{Title: "NAME", Flex: true}, Column{Title: "SIZE", Right: true}, Column{Title: "TIME", Right: true, Optional: true},
		Column{Title: "RATE", Right: true, Optional: true}, Column{Title: "RATIO", Right: true, Optional: true},
		Column{Title: "RESULT", Flex: true, Text: true},
	)
	left := 0
	for i := range rows {
		if o := &rows[i]; len(rows) > maxOutcomes && o.done() {
			left++
		} else {
			t.outcome(o)
		}
	}
	if left > 0 {
		t.Row(fmt.Sprintf("and %s more", Count(int64(left))), "", "", "", "", Done.String())
	}
	_ = t.Flush() // there is nowhere to complain
}

// outcome adds the row of one outcome. What is not known is left empty.
func (t *Table) outcome(o *Outcome) {
	rate, ratio, result := "", "", o.result()
	if o.Average > 0 {
		rate = Rate(o.Average)
	}
	if o.Uploaded > 0 {
		ratio = fmt.Sprintf("%.2f", o.Ratio)
	}
	if o.Reason != "" && !o.done() {
		result += ": " + o.Reason
	}
	t.Row(oneLine(o.Name), Bytes(o.Bytes), Duration(o.Took), rate, ratio, oneLine(result))
}
