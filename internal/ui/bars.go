package ui

import (
	"fmt"
	"strings"
	"time"
)

// compose makes the frame of bars: those rows that the terminal has room for, what is said of the
// others, and a line of totals.
func (p *Progress) compose() []frameLine {
	columns, rows := p.io.screen.size()
	room := roomFor(rows)
	tasks := p.pulled()
	totals := p.sum.shown(p.options.Count) && len(tasks) > 0 && room > 1
	if totals {
		room--
	}
	shown := p.choose(tasks, room)
	if totals {
		p.names = max(p.names, len(p.totalName()))
	}
	l := p.layout(columns, shown)
	hidden := len(tasks) - len(shown)
	spare := room - len(shown) - min(hidden, 1) // for reasons below their rows
	var lines []frameLine
	for _, t := range shown {
		drawn := p.rowLines(l, t.last, spare > 0)
		spare -= len(drawn) - 1
		lines = append(lines, drawn...)
	}
	if hidden > 0 {
		lines = append(lines, p.plainLine(l.set.fitEnd(p.others(hidden), l.width)))
	}
	if totals {
		lines = append(lines, p.totalLine(l))
	}
	return lines
}

// roomFor is how many of a terminal's rows bars may take: the cursor has one of its own, and where
// there are enough some are left to what is said above.
func roomFor(rows int) int {
	return max(rows-1-min(rows/4, 6), 1)
}

// pulled are the tasks of which something is known.
func (p *Progress) pulled() []*Task {
	var list []*Task
	for _, t := range p.tasks {
		if t.pulled {
			list = append(list, t)
		}
	}
	return list
}

// layout is that of the terminal now. The column of names only grows, so that bars do not jump as
// rows come and go.
func (p *Progress) layout(columns int, shown []*Task) layout {
	for _, t := range shown {
		p.names = max(p.names, Width(p.io.Text(t.last.Name)))
	}
	return newLayout(columns, p.names, p.io.charset)
}

// rowLines draws one row: one line, or two where it has something to say and below says that there is
// room for that.
func (p *Progress) rowLines(l layout, r Row, below bool) []frameLine {
	drawn := l.row(r, below)
	lines := make([]frameLine, len(drawn))
	for i, text := range drawn {
		if lines[i] = p.plainLine(text); i == len(drawn)-1 {
			lines[i].text = paint(p.io.Color, rowColor(r), text)
		}
	}
	return lines
}

func (p *Progress) plainLine(text string) frameLine { return frameLine{text, Width(text)} }

// rowColor is the colour of what a row has to say; "" is none.
func rowColor(r Row) string {
	switch {
	case r.Phase == Failed:
		return red
	case r.Note != "" && r.Phase != Seeding:
		return yellow
	}
	return ""
}

// Bars draws rows as Progress does, each in one line of at most so many columns, their columns below
// each other. Rows are as Pace returned them.
func (x *IO) Bars(columns int, rows []Row) []string {
	names := 0
	for _, r := range rows {
		names = max(names, Width(x.Text(r.Name)))
	}
	l := newLayout(columns+1, names, x.charset)
	lines := make([]string, len(rows))
	for i, r := range rows {
		lines[i] = l.row(r, false)[0]
	}
	return lines
}

// row draws one row, as one line or two.
func (l layout) row(r Row, below bool) []string {
	r.Name, r.Note = l.set.clean(r.Name), l.set.clean(r.Note)
	fraction := fractionOf(r)
	switch {
	case r.Phase == Seeding:
		return []string{l.words(r, "seeding", seedingParts(r)...)}
	case r.Phase == Failed:
		return l.told(r, "failed", below)
	case r.Total == 0:
		if r.Note != "" {
			return l.told(r, r.Phase.String(), below)
		}
		return []string{l.words(r, r.Phase.String(), unsizedParts(r)...)}
	case r.Note != "":
		return l.stuck(r, fraction, below)
	}
	return []string{l.bar(r, fraction)}
}

func fractionOf(r Row) float64 {
	if r.Total <= 0 {
		return 0
	}
	return float64(r.Done) / float64(r.Total)
}

func seedingParts(r Row) []string {
	return []string{
		"up " + Rate(r.RateUp), fmt.Sprintf("ratio %.2f", r.Ratio), Plural(int64(r.Peers), "peer"),
		Bytes(r.Uploaded) + " sent", r.Note,
	}
}

func unsizedParts(r Row) []string {
	peers, moved := "", ""
	if r.Phase.networked() {
		peers = Plural(int64(r.Peers), "peer")
	}
	if r.Done > 0 {
		moved = Bytes(r.Done)
	}
	return []string{moved, peers}
}

// totalLine draws the sum of all rows.
func (p *Progress) totalLine(l layout) frameLine {
	row, fraction := p.sum.row(p.options.Count)
	row.Name = p.totalName()
	if p.sum.serves() {
		return p.plainLine(l.words(row, "seeding", "up "+Rate(row.RateUp), Plural(int64(row.Peers), "peer"), Bytes(p.sum.sent)+" sent"))
	}
	return p.plainLine(l.bar(row, fraction))
}

func (p *Progress) totalName() string {
	return fmt.Sprintf("total %d/%d", p.sum.ended+p.sum.seeding, max(p.options.Count, p.sum.added))
}

// finalBar is what stays of a row that ended: over all of it, not of the last seconds.
func (p *Progress) finalBar(t *Task) string {
	columns, _ := p.io.screen.size()
	l := p.layout(columns, []*Task{t})
	r := t.last
	if r.Phase == Failed || r.Phase == Stopped || r.Phase == Seeding || r.Total == 0 || r.Done < r.Total {
		var b strings.Builder
		for _, line := range p.rowLines(l, r, true) {
			b.WriteString(line.text + "\n")
		}
		return b.String()
	}
	r.Phase, r.RateDown, r.RateUp, r.ETA, r.Stalled = Done, t.average(), 0, time.Since(t.added), false
	r.Name = l.set.clean(r.Name)
	return l.bar(r, 1) + "\n"
}
