package view

import (
	"time"

	"github.com/shoal-project/shoal/internal/ui"
)

// panelID tells the panels apart. The list is the first; the others show the transfer that is chosen.
type panelID int

const (
	listPanel panelID = iota
	peersPanel
	piecesPanel
	ratesPanel
	findersPanel
	factsPanel
	logPanel
	panelCount
)

var panelNames = [panelCount]string{"transfers", "peers", "pieces", "rates", "found by", "about", "log"}

// state is everything that a frame is drawn from.
type state struct {
	term   *ui.IO
	source Source
	tracks *tracks

	transfers []Transfer
	at        int    // the chosen one
	id        string // its ID
	top       int    // the first one in the list that is shown

	detail   Detail
	detailOf string
	detailAt time.Time

	focus  panelID
	opened panelID // the panel that is shown where there is room for one
	scroll [panelCount]int
	last   [panelCount]int // how far each can be scrolled, as of the last frame
	page   int             // lines of the focused panel
	help   bool
}

// pull asks the source for what a frame shows.
func (s *state) pull(now time.Time) {
	s.transfers = s.source.Transfers()
	s.tracks.observe(now, s.transfers)
	s.find()
	if s.id == "" {
		s.detail, s.detailOf = Detail{}, ""
		return
	}
	if s.id != s.detailOf || now.Sub(s.detailAt) >= time.Second {
		if s.id != s.detailOf {
			for id := range s.scroll {
				s.scroll[id] = 0
			}
		}
		s.detail = cleanDetail(s.term, s.source.Detail(s.id))
		s.detailOf, s.detailAt = s.id, now
	}
}

// find finds the chosen transfer again. Where it has gone, the one at its place is chosen.
func (s *state) find() {
	if s.at < len(s.transfers) && s.at >= 0 && s.transfers[s.at].ID == s.id {
		return
	}
	for i := range s.transfers {
		if s.transfers[i].ID == s.id {
			s.at = i
			return
		}
	}
	s.choose(s.at)
}

// choose chooses a transfer by its place in the list.
func (s *state) choose(at int) {
	s.at, s.id = max(min(at, len(s.transfers)-1), 0), ""
	if len(s.transfers) > 0 {
		s.id = s.transfers[s.at].ID
	}
}
