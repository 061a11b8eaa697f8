package ui

import (
	"fmt"
	"time"
)

// compose makes the frame of bars: a line a row, as many as the terminal has room for, and one of
// totals.
func (p *Progress) compose() []frameLine {
	columns, rows := p.io.screen.size()
	room := max(rows-1, 1) // the cursor has a line of its own
	shown := p.pulled()
	totals := p.sum.shown(p.options.Count) && len(shown) > 0 && room > 1
	if totals {
		room--
	}
	hidden := 0
	if len(shown) > room {
		room = max(room-1, 1)
		hidden = len(shown) - room
		shown = shown[:room]
	}
	if totals {
		p.names = max(p.names, len(p.totalName()))
	}
	l := p.layout(columns, shown)
	var lines []frameLine
	for _, t := range shown {
		lines = append(lines, p.rowLine(l, t.last))
	}
	if hidden > 0 {
		lines = append(lines, plainLine(FitEnd(fmt.Sprintf("... and %d more", hidden), l.width)))
	}
	if totals {
		lines = append(lines, p.totalLine(l))
	}
	return lines
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
		p.names = max(p.names, Width(t.last.Name))
	}
	return newLayout(columns, p.names, p.io.blocks)
}

// rowLine draws one row.
func (p *Progress) rowLine(l layout, r Row) frameLine {
	var text, color string
	fraction := fractionOf(r)
	switch {
	case r.Phase == Seeding:
		text = l.words(r, "seeding", seedingParts(r)...)
	case r.Phase == Failed:
		text, color = l.words(r, "failed", r.Note), red
	case r.Total == 0:
		text, color = l.words(r, r.Phase.String(), unsizedParts(r)...), noteColor(r)
	case r.Note != "":
		text, color = l.stuck(r, fraction), noteColor(r)
	default:
		text = l.bar(r, fraction)
	}
	return p.painted(text, color)
}

// painted colours a line where that is allowed.
func (p *Progress) painted(text, color string) frameLine {
	if color == "" {
		return plainLine(text)
	}
	return frameLine{paint(p.io.Color, color, text), Width(text)}
}

func plainLine(text string) frameLine { return frameLine{text, Width(text)} }

func noteColor(r Row) string {
	if r.Note == "" {
		return ""
	}
	return yellow
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
	return []string{r.Note, moved, peers}
}

// totalLine draws the sum of all rows.
func (p *Progress) totalLine(l layout) frameLine {
	row, fraction := p.sum.row(p.options.Count)
	row.Name = p.totalName()
	if p.sum.serves() {
		return plainLine(l.words(row, "seeding", "up "+Rate(row.RateUp), Plural(int64(row.Peers), "peer"), Bytes(p.sum.sent)+" sent"))
	}
	return plainLine(l.bar(row, fraction))
}

func (p *Progress) totalName() string {
	return fmt.Sprintf("total %d/%d", p.sum.ended+p.sum.seeding, max(p.options.Count, p.sum.added))
}

// finalBar is the line that stays of a row that ended: over all of it, not of the last seconds.
func (p *Progress) finalBar(t *Task) string {
	columns, _ := p.io.screen.size()
	l := p.layout(columns, []*Task{t})
	r := t.last
	if r.Phase == Failed || r.Phase == Stopped || r.Phase == Seeding || r.Total == 0 || r.Done < r.Total {
		return p.rowLine(l, r).text
	}
	r.Phase, r.RateDown, r.RateUp, r.ETA = Done, t.average(), 0, time.Since(t.added)
	return l.bar(r, 1)
}
