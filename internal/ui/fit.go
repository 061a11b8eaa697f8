package ui

import (
	"strings"

	"github.com/rivo/uniseg"
)

// ellipsis stands for what Fit cut out: one column wide.
const ellipsis = "…"

// Width is how many columns s takes on a terminal: two for wide characters and emoji, none for marks.
func Width(s string) int {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return uniseg.StringWidth(s)
		}
	}
	return len(s)
}

// Fit cuts s to at most width columns. What it takes out lies in the middle and is replaced by an
// ellipsis, because names differ at both ends (the title, and the part number with the extension).
// It never splits what is seen as one character. It does not escape: give it what Escape returned.
func Fit(s string, width int) string { return fit(s, width, ellipsis) }

// fit is Fit with dots of its own, which are ASCII or the ellipsis.
func fit(s string, width int, dots string) string {
	wide := len([]rune(dots))
	switch {
	case width <= 0:
		return ""
	case Width(s) <= width:
		return s
	case width <= wide:
		return dots[:min(len(dots), width*len(dots)/wide)]
	}
	clusters := split(s)
	keep := width - wide
	head := (keep + 1) / 2
	i, used := 0, 0
	for i < len(clusters) && used+clusters[i].width <= head {
		used += clusters[i].width
		i++
	}
	j := len(clusters)
	for j > i && used+clusters[j-1].width <= keep {
		j--
		used += clusters[j].width
	}
	for { // widths do not always add up when text is put together anew
		cut := s[:clusters[i].start] + dots
		if j < len(clusters) {
			cut += s[clusters[j].start:]
		}
		switch {
		case Width(cut) <= width:
			return cut
		case j < len(clusters):
			j++
		case i > 0:
			i--
		default:
			return dots
		}
	}
}

// FitEnd cuts s to at most width columns from its end, for sentences.
func FitEnd(s string, width int) string { return fitEnd(s, width, ellipsis) }

func fitEnd(s string, width int, dots string) string {
	wide := len([]rune(dots))
	switch {
	case width <= 0:
		return ""
	case Width(s) <= width:
		return s
	case width <= wide:
		return dots[:min(len(dots), width*len(dots)/wide)]
	}
	clusters := split(s)
	for i := len(clusters) - 1; i >= 0; i-- {
		if cut := strings.TrimRight(s[:clusters[i].start], " ") + dots; Width(cut) <= width {
			return cut
		}
	}
	return dots
}

// cluster is what is seen as one character: where it starts and how wide it is.
type cluster struct{ start, width int }

func split(s string) []cluster {
	var list []cluster
	state, start := -1, 0
	for rest := s; rest != ""; {
		var c string
		var width int
		c, rest, width, state = uniseg.FirstGraphemeClusterInString(rest, state)
		list = append(list, cluster{start, width})
		start += len(c)
	}
	return list
}

// padRight fills s with spaces up to width columns.
func padRight(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-Width(s)))
}

// padLeft puts spaces before s up to width columns.
func padLeft(s string, width int) string {
	return strings.Repeat(" ", max(0, width-Width(s))) + s
}
