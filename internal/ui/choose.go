package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// rank says how much a row has to show: what moves comes first, then what ought to, then what rests.
type rank int

const (
	moving rank = iota
	stuck
	resting
	waiting
)

var rankNames = [...]string{"moving", "not moving", "seeding", "waiting"}

func (t *Task) rank(now time.Time) rank {
	switch phase := t.last.Phase; {
	case t.pace.moves(now):
		return moving
	case phase == Waiting:
		return waiting
	case phase >= Seeding:
		return resting
	}
	return stuck
}

// choose returns the rows that a terminal with room for so many lines shows, in the order in which they
// came. Where it has not room for all, one line is left for what is said of the others, and a row that
// is shown stays for as long as no other has more to show.
func (p *Progress) choose(tasks []*Task, room int) []*Task {
	shown := tasks
	if len(tasks) > room {
		now := time.Now()
		shown = slices.Clone(tasks)
		slices.SortStableFunc(shown, func(a, b *Task) int {
			if by := a.rank(now) - b.rank(now); by != 0 {
				return int(by)
			}
			switch {
			case a.shown == b.shown:
				return 0
			case a.shown:
				return -1
			}
			return 1
		})
		shown = shown[:max(room-1, 1)]
	}
	for _, t := range tasks {
		t.shown = false
	}
	for _, t := range shown {
		t.shown = true
	}
	return slices.DeleteFunc(slices.Clone(tasks), func(t *Task) bool { return !t.shown })
}

// others is what is said of the rows that are not shown: "and 943 more: 900 waiting, 43 seeding".
func (p *Progress) others(hidden int) string {
	now := time.Now()
	var counts [len(rankNames)]int
	for _, t := range p.tasks {
		if t.pulled && !t.shown {
			counts[t.rank(now)]++
		}
	}
	var parts []string
	for i, n := range counts {
		if n > 0 {
			parts = append(parts, Count(int64(n))+" "+rankNames[i])
		}
	}
	return fmt.Sprintf("and %s more: %s", Count(int64(hidden)), strings.Join(parts, ", "))
}
