package view

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/shoal-project/shoal/internal/ui"
)

// peers are the connected peers, the busiest first.
func (s *state) peers(w int) content {
	peers := slices.Clone(s.detail.Peers)
	slices.SortStableFunc(peers, func(a, b Peer) int {
		return cmp.Or(cmp.Compare(b.Down+b.Up, a.Down+a.Up), cmp.Compare(a.Address, b.Address))
	})
	address := len("ADDRESS")
	for _, p := range peers {
		address = max(address, ui.Width(p.Address))
	}
	cols := peerColumns(w, address)
	row := func(p Peer) line {
		have := ""
		if p.Have >= 0 {
			have = fmt.Sprintf("%d%%", int(math.Floor(min(p.Have, 1)*100)))
		}
		return cols.line(s.term, p.Address, p.Client, p.Flags, have, short(p.Down, w), short(p.Up, w), ui.Bytes(p.Received), ui.Bytes(p.Sent))
	}
	c := content{title: fmt.Sprintf("peers (%d)", len(peers))}
	c.head = []line{cols.line(s.term, "ADDRESS", "CLIENT", "FLAGS", "HAVE", "DOWN", "UP", "RECEIVED", "SENT")}
	for i := range c.head[0] {
		c.head[0][i].style = quiet
	}
	for _, p := range peers {
		c.body = append(c.body, row(p))
	}
	if len(peers) == 0 {
		c.head, c.body = nil, []line{said("none connected", quiet)}
	}
	return c
}

// narrow is the width below which rates are written short.
const narrow = 90

// short is a rate, empty where nothing moves.
func short(rate int64, w int) string {
	switch {
	case rate <= 0:
		return ""
	case w < narrow:
		return ui.ShortRate(rate)
	}
	return ui.Rate(rate)
}

// columns are where the columns of a table begin and end; those of no width are left out.
type columns []struct {
	at, width int
	right     bool
}

// peerColumns shares the width out among the columns of peers, in the order of their texts: rates and
// some of the address are always there, the others where there is room.
func peerColumns(w, address int) columns {
	const gap, ipv4, bytes = 2, len("255.255.255.255:65535"), len("1023.9 MiB")
	rate := len("1023M/s")
	if w >= narrow {
		rate = len("1023.9 MiB/s")
	}
	widths := []int{min(address, 16), 0, 0, 0, rate, rate, 0, 0}
	free := w - widths[0] - 2*(rate+gap)
	grow := func(column, most int) {
		if more := between(0, most-widths[column], free); more > 0 {
			widths[column] += more
			free -= more
		}
	}
	for _, more := range []struct{ column, width int }{{1, 8}, {2, 5}, {3, 4}, {6, bytes}, {7, bytes}} {
		if free >= more.width+gap {
			free -= more.width + gap
			widths[more.column] = more.width
		}
		if more.column == 1 { // before all others, so that most addresses are whole
			grow(0, min(address, ipv4))
		}
	}
	if widths[1] > 0 {
		grow(1, 20)
		grow(0, address)
		grow(1, 40)
	}
	cols, at := make(columns, len(widths)), 0
	for i, width := range widths {
		if width > 0 {
			cols[i].at, cols[i].width, cols[i].right = at, width, i >= 3
			at += width + gap
		}
	}
	return cols
}

func (cols columns) line(term *ui.IO, cells ...string) line {
	var l line
	for i, c := range cols {
		if c.width == 0 {
			continue
		}
		text := term.Fit(cells[i], c.width)
		at := c.at
		if c.right {
			at += c.width - ui.Width(text)
		}
		l = append(l, span{at, text, plain})
	}
	return l
}
