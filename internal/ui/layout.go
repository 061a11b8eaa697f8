package ui

import "strings"

// layout is the columns of a frame: what is shown of each row, and how wide. All rows of a frame share
// one, so that their columns stand below each other.
type layout struct {
	width  int // of a whole line
	name   int
	inside int // of the bar; 0 is no bar, the percentage alone
	set    charset

	bytes, rate, short, up, eta, peers, seeds bool
}

// Widths of the columns, each with the gap before it.
const (
	percentWidth = len("  42%")
	bytesWidth   = len("  1023.9 MiB/1023.9 GiB")
	rateWidth    = len("  1023.9 MiB/s")
	shortWidth   = len(" 1023M/s")
	upWidth      = len("  up 1023.9 MiB/s")
	etaWidth     = len(" stalled")
	peersWidth   = len("  finishing")
	seedsWidth   = len("  999 seeds")
	minName      = 8
	maxName      = 64
	maxInside    = 60
)

// newLayout chooses columns for a terminal: the wider it is, the more of them. The last column of the
// terminal stays free, because some fold a line as soon as it is full. names is the widest name.
func newLayout(columns, names int, set charset) layout {
	l := layout{width: columns - 1, set: set}
	fixed := percentWidth
	switch {
	case l.width < 35:
	case l.width < 60:
		l.short, l.eta = true, true
		fixed = gaugeExtra + shortWidth + etaWidth
	default:
		l.rate, l.eta, l.peers = true, true, true
		l.bytes = l.width >= 100
		l.up = l.width >= 130
		l.seeds = l.width >= 150
		fixed = gaugeExtra + rateWidth + etaWidth + peersWidth
	}
	if l.bytes {
		fixed += bytesWidth
	}
	if l.up {
		fixed += upWidth
	}
	if l.seeds {
		fixed += seedsWidth
	}
	free := max(l.width-fixed, 1)
	if fixed == percentWidth {
		l.name = free
		return l
	}
	l.name = min(max(names, minName), maxName, max(free*7/10, minName))
	l.inside = min(max(free-l.name, 3), maxInside)
	return l
}

// bar is the line of a row that is on its way from nothing to its total.
func (l layout) bar(r Row, fraction float64) string {
	var b strings.Builder
	b.WriteString(l.lead(r.Name, fraction))
	if l.bytes {
		b.WriteString(padLeft(amount(r), bytesWidth))
	}
	if l.rate {
		b.WriteString(padLeft(downRate(r, Rate), rateWidth))
	}
	if l.short {
		b.WriteString(padLeft(downRate(r, ShortRate), shortWidth))
	}
	if l.up {
		b.WriteString(padLeft(upRate(r.RateUp), upWidth))
	}
	if l.eta {
		b.WriteString(padLeft(eta(r), etaWidth))
	}
	if l.peers {
		b.WriteString(padLeft(company(r), peersWidth))
	}
	if l.seeds && r.Seeds > 0 {
		b.WriteString(padLeft(Plural(int64(r.Seeds), "seed"), seedsWidth))
	}
	return strings.TrimRight(b.String(), " ")
}

// lead is the name and the gauge.
func (l layout) lead(name string, fraction float64) string {
	name = padRight(l.set.fit(name, l.name), l.name)
	if l.inside == 0 {
		return name + padLeft(Percent(int64(fraction*1000), 1000), percentWidth)
	}
	return name + gauge(fraction, l.inside, l.set.blocks)
}

// stuck is a row that does not move, with the reason beside it, or on a line of its own below where
// it has no room beside and below says that there is some. A narrow terminal has no room for both a
// bar and a reason.
func (l layout) stuck(r Row, fraction float64, below bool) []string {
	if below && Width(r.Note)+2 > l.width-Width(l.lead(r.Name, fraction)) {
		return []string{l.bar(r, fraction), l.set.fitEnd("  "+r.Note, l.width)}
	}
	if !l.peers {
		l.inside = 0
	}
	return []string{l.rest(l.lead(r.Name, fraction), r.Note)}
}

// told is a row without a bar that has something to say: its phase, and the reason beside or below.
func (l layout) told(r Row, phase string, below bool) []string {
	whole := l.words(r, phase, r.Note)
	if !below || r.Note == "" || strings.HasSuffix(whole, r.Note) {
		return []string{whole}
	}
	return []string{l.words(r, phase), l.set.fitEnd("  "+r.Note, l.width)}
}

// words is the line of a row that has no total to go to: its phase, and what else there is to say.
func (l layout) words(r Row, phase string, parts ...string) string {
	if l.inside == 0 {
		l.name = max(l.width-2-len(phase), minName)
	}
	head := padRight(l.set.fit(r.Name, l.name), l.name) + "  " + phase
	if l.peers { // where the bars of the others end
		head = padRight(head, l.name+l.inside+gaugeExtra)
	}
	text := ""
	for _, part := range parts {
		if part == "" {
			continue
		}
		if text != "" && Width(head)+Width(text)+Width(part)+4 > l.width {
			break
		}
		text += "  " + part
	}
	return l.rest(head, strings.TrimPrefix(text, "  "))
}

// rest puts text behind what a line begins with, as much as fits.
func (l layout) rest(head, text string) string {
	room := l.width - Width(head) - 2
	if text == "" || room < 3 {
		return l.set.fitEnd(strings.TrimRight(head, " "), l.width)
	}
	return head + "  " + l.set.fitEnd(text, room)
}

func amount(r Row) string {
	switch {
	case r.Total > 0 && r.Done == r.Total:
		return Bytes(r.Total)
	case r.Total > 0:
		return Bytes(r.Done) + "/" + Bytes(r.Total)
	}
	return Bytes(r.Done)
}

// downRate is empty for what was there already when it was looked for.
func downRate(r Row, format func(int64) string) string {
	if r.RateDown == 0 && r.Phase == Done {
		return ""
	}
	return format(r.RateDown)
}

func upRate(rate int64) string {
	if rate == 0 {
		return ""
	}
	return "up " + Rate(rate)
}

func eta(r Row) string {
	switch {
	case r.Stalled:
		return "stalled"
	case r.ETA == 0 && r.Phase == Done:
		return ""
	case r.ETA == 0:
		return "-"
	}
	return Duration(r.ETA)
}

// company is with whom a row is exchanging, or what it does where that is nobody.
func company(r Row) string {
	switch {
	case r.Phase.networked():
		return Plural(int64(r.Peers), "peer")
	case r.Phase == Done:
		return ""
	}
	return r.Phase.String()
}
