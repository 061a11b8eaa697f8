package view

import (
	"unicode/utf8"

	"github.com/shoal-project/shoal/internal/ui"
)

// What is believed of a source: it passes on what others say.
const (
	maxPeers   = 2000
	maxFinders = 500
	maxFacts   = 50
	maxText    = 512 // bytes
)

// cleanDetail bounds and escapes everything in a detail.
func cleanDetail(term *ui.IO, d Detail) Detail {
	text := func(s string) string {
		if len(s) > maxText {
			end := maxText
			for end > maxText-utf8.UTFMax && !utf8.RuneStart(s[end]) {
				end--
			}
			s = s[:end]
		}
		return term.Text(s)
	}
	c := Detail{Pieces: d.Pieces[:min(len(d.Pieces), MaxCells)]}
	for _, f := range d.Facts[:min(len(d.Facts), maxFacts)] {
		if f.Value != "" {
			c.Facts = append(c.Facts, Fact{text(f.Label), text(f.Value)})
		}
	}
	for _, p := range d.Peers[:min(len(d.Peers), maxPeers)] {
		p.Address, p.Client, p.Flags = text(p.Address), text(p.Client), text(p.Flags)
		c.Peers = append(c.Peers, p)
	}
	for _, f := range d.Finders[:min(len(d.Finders), maxFinders)] {
		c.Finders = append(c.Finders, Finder{text(f.Name), text(f.Status), f.Fault})
	}
	for _, l := range d.Flags[:min(len(d.Flags), maxFacts)] {
		c.Flags = append(c.Flags, text(l))
	}
	return c
}
