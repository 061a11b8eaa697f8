package ui

import (
	"io"
	"strings"

	"github.com/schollz/progressbar/v3"
)

// Themes of the bar, for locales with block characters and without.
var (
	blockTheme = progressbar.Theme{Saucer: "█", SaucerPadding: " ", BarStart: "|", BarEnd: "|"}
	asciiTheme = progressbar.Theme{Saucer: "=", SaucerHead: ">", SaucerPadding: " ", BarStart: "[", BarEnd: "]"}
)

// gaugeExtra is how many columns a gauge takes besides the bar's inside.
const gaugeExtra = len("  42% ||")

// gauge draws a percentage and a bar: "  42% |████      |", inside columns within the bar. A part that
// is not the whole never shows as 100 %.
func gauge(fraction float64, inside int, blocks bool) string {
	theme := asciiTheme
	if blocks {
		theme = blockTheme
	}
	// The bar prints each change as it comes and knows one line; its text is taken, and placed by screen.
	const whole = 1000
	bar := progressbar.NewOptions64(whole,
		progressbar.OptionSetWriter(io.Discard),
		progressbar.OptionSetWidth(inside),
		progressbar.OptionSetTheme(theme),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionSetSpinnerChangeInterval(0),
	)
	part := int64(min(max(fraction, 0), 1) * whole)
	if fraction < 1 {
		part = min(part, whole-1)
	}
	_ = bar.Set64(part) // fails for a maximum of zero alone
	if bar.String() == "" {
		_ = bar.RenderBlank()
	}
	return strings.TrimRight(strings.TrimLeft(bar.String(), "\r"), " ")
}
