package ui

import (
	"fmt"
	"strings"
)

// ColorMode is the flag --color. It implements pflag.Value.
type ColorMode int

// When to write colours.
const (
	ColorAuto   ColorMode = iota // on a terminal that has them, unless NO_COLOR or the like says otherwise
	ColorAlways                  // also into pipes
	ColorNever
)

var colorModes = []string{"auto", "always", "never"}

func (m ColorMode) String() string { return colorModes[m] }

// Set reads one of auto, always, never.
func (m *ColorMode) Set(s string) error {
	i, err := choose(s, colorModes)
	if err == nil {
		*m = ColorMode(i)
	}
	return err
}

// Type is what the help text shows for a value.
func (m *ColorMode) Type() string { return strings.Join(colorModes, "|") }

// ProgressMode is the flag --progress. It implements pflag.Value.
type ProgressMode int

// How long work is shown.
const (
	ProgressAuto ProgressMode = iota // bars on a terminal, lines elsewhere
	ProgressBar                      // bars, redrawn in place
	ProgressLine                     // a plain line for each transfer now and then
	ProgressNone                     // nothing
)

var progressModes = []string{"auto", "bar", "line", "none"}

func (m ProgressMode) String() string { return progressModes[m] }

// Set reads one of auto, bar, line, none.
func (m *ProgressMode) Set(s string) error {
	i, err := choose(s, progressModes)
	if err == nil {
		*m = ProgressMode(i)
	}
	return err
}

// Type is what the help text shows for a value.
func (m *ProgressMode) Type() string { return strings.Join(progressModes, "|") }

func choose(s string, words []string) (int, error) {
	for i, w := range words {
		if s == w {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%q is none of %s", s, strings.Join(words, ", "))
}
