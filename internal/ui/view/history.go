package view

import (
	"time"

	"github.com/shoal-project/shoal/internal/ui"
)

// How often rates are kept, how many of them, and of how many transfers.
const (
	sampleInterval = time.Second
	maxSamples     = 600
	maxHistories   = 500
)

// history is the rates of one transfer, one a second, the oldest first.
type history struct{ down, up []float32 }

func (h *history) add(down, up int64) {
	h.down = keep(h.down, down)
	h.up = keep(h.up, up)
}

func keep(list []float32, rate int64) []float32 {
	if len(list) == maxSamples {
		list = list[:copy(list, list[1:])]
	}
	return append(list, float32(max(rate, 0)))
}

// track is what is remembered of one transfer between two looks.
type track struct {
	pace ui.Pace
	past *history // nil where there are too many
	seen time.Time
}

// tracks are those of all transfers.
type tracks struct {
	all     map[string]*track
	kept    int // with a history
	sampled time.Time
}

// observe completes the rows and, once a second, keeps their rates.
func (t *tracks) observe(now time.Time, transfers []Transfer) {
	if t.all == nil {
		t.all = map[string]*track{}
	}
	late := now.Sub(t.sampled)
	sample := late >= sampleInterval
	switch {
	case late >= 2*sampleInterval:
		t.sampled = now
	case sample:
		t.sampled = t.sampled.Add(sampleInterval)
	}
	for i := range transfers {
		id := transfers[i].ID
		one := t.all[id]
		if one == nil {
			one = &track{}
			t.all[id] = one
			if t.kept < maxHistories {
				one.past = &history{}
				t.kept++
			}
		}
		one.seen = now
		row := one.pace.Observe(now, transfers[i].Row)
		transfers[i].Row = row
		if sample && one.past != nil {
			one.past.add(row.RateDown, row.RateUp)
		}
	}
	for id, one := range t.all {
		if one.seen != now {
			if one.past != nil {
				t.kept--
			}
			delete(t.all, id)
		}
	}
}

// of is the past of a transfer, empty where it is not known.
func (t *tracks) of(id string) history {
	if one := t.all[id]; one != nil && one.past != nil {
		return *one.past
	}
	return history{}
}
