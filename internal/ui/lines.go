package ui

import (
	"fmt"
	"strings"
	"time"
)

// sayLines writes a plain line for each row whose phase changed or that has said nothing for the
// interval, and now and then one of totals. A row that is over has its final line, when its task ends.
func (p *Progress) sayLines() {
	now := time.Now()
	var b strings.Builder
	for _, t := range p.pulled() {
		if t.last.Phase >= Done {
			continue
		}
		if !t.said.IsZero() && t.saidAs == t.last.Phase && now.Sub(t.said) < p.io.interval {
			continue
		}
		t.said, t.saidAs = now, t.last.Phase
		b.WriteString(t.line() + "\n")
	}
	if p.sum.shown(p.options.Count) && now.Sub(p.said) >= p.io.interval {
		p.said = now
		b.WriteString(p.totalText() + "\n")
	}
	if b.Len() > 0 {
		p.io.say(b.String())
	}
}

// line is a row in words, for logs and pipes: "NAME: downloading 42% (1.2 GiB of 2.9 GiB), 12.3 MiB/s
// down, 14 peers, 2m20s left".
func (t *Task) line() string {
	r := t.last
	head := t.p.io.Text(r.Name) + ": " + r.Phase.String()
	if r.Total > 0 && r.Phase != Seeding {
		head += fmt.Sprintf(" %s (%s of %s)", Percent(r.Done, r.Total), Bytes(r.Done), Bytes(r.Total))
	}
	parts := []string{head}
	add := func(when bool, text string) {
		if when {
			parts = append(parts, text)
		}
	}
	add(r.Phase.measured() && r.RateDown > 0, Rate(r.RateDown))
	add(r.Phase == Downloading, Rate(r.RateDown)+" down")
	add(r.Phase == Seeding || r.Phase == Downloading && r.RateUp > 0, Rate(r.RateUp)+" up")
	add(r.Phase == Seeding, Bytes(r.Uploaded)+" sent")
	add(r.Phase == Seeding, fmt.Sprintf("ratio %.2f", r.Ratio))
	add(r.Phase.networked(), Plural(int64(r.Peers), "peer"))
	add(r.Phase == Downloading && r.Seeds > 0, Plural(int64(r.Seeds), "seed"))
	add(r.ETA > 0, Duration(r.ETA)+" left")
	add(r.Stalled, "stalled")
	return withNote(strings.Join(parts, ", "), t.p.io.Text(r.Note))
}

func withNote(text, note string) string {
	if note == "" {
		return text
	}
	return text + ": " + note
}

// final is the last line of a row: what became of it, and over all of it.
func (t *Task) final() string {
	r := t.last
	switch {
	case r.Phase == Failed, r.Phase == Stopped, r.Phase == Seeding, r.Total == 0, r.Done < r.Total:
		return t.line()
	}
	text := fmt.Sprintf("%s: %s, %s in %s", t.p.io.Text(r.Name), past(r.Phase), Bytes(r.Total), Duration(time.Since(t.added)))
	if rate := t.average(); rate > 0 {
		text += ", " + Rate(rate)
	}
	return withNote(text, t.p.io.Text(r.Note))
}

// past is what is said of a phase once it is over.
func past(phase Phase) string {
	switch phase {
	case Hashing:
		return "hashed"
	case Checking:
		return "checked"
	}
	return Done.String()
}

// totalText is the line of totals: "total: 3 of 12 done, 1 failed, 1.2 GiB, 12.3 MiB/s down, 14 peers".
func (p *Progress) totalText() string {
	s := &p.sum
	parts := []string{fmt.Sprintf("total: %d of %d done", s.complete(), max(p.options.Count, s.added))}
	if s.failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", s.failed))
	}
	parts = append(parts, Bytes(s.done))
	if s.phase.networked() {
		parts = append(parts, Rate(s.down)+" down", Rate(s.up)+" up", Plural(int64(s.peers), "peer"))
	}
	if row, _ := s.row(p.options.Count); row.ETA > 0 {
		parts = append(parts, Duration(row.ETA)+" left")
	}
	return strings.Join(parts, ", ")
}
