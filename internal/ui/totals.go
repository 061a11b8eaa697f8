package ui

import "time"

// totals adds up the rows of a Progress, those that ended included.
type totals struct {
	added, ended, failed int
	endedDone            int64 // bytes of the rows that ended
	endedTotal           int64
	average              average
	left                 countdown
	moved                time.Time // done grew

	// As of the last pull.
	done, total int64
	down, up    int64 // bytes a second
	peers       int
	seeds       int
	known       bool  // all sizes are
	seeding     int   // rows that are complete and served
	waiting     int   // rows that are neither that nor over
	sent        int64 // bytes uploaded by those that seed
	phase       Phase // the furthest of a row that is on its way
	eta         time.Duration
	stalled     bool
}

// end counts a row that ended.
func (s *totals) end(t *Task) {
	s.ended++
	if t.last.Phase == Failed || t.last.Phase == Stopped {
		s.failed++
	}
	s.endedDone += t.last.Done
	s.endedTotal += t.last.Total
}

// observe adds up what the rows say now. While a row is checked, what it has looked at does not count
// unless all rows are at that: it may yet have to be fetched.
func (s *totals) observe(now time.Time, tasks []*Task) {
	before := s.done
	s.done, s.total, s.down, s.up, s.known = s.endedDone, s.endedTotal, 0, 0, true
	s.peers, s.seeds, s.phase = 0, 0, Waiting
	s.seeding, s.waiting, s.sent = 0, 0, 0
	transfers := s.ended > 0
	for _, t := range tasks {
		transfers = transfers || t.last.Phase >= Downloading
	}
	for _, t := range tasks {
		r := t.last
		if r.Phase != Checking || !transfers {
			s.done += r.Done
		}
		s.total += r.Total
		s.known = s.known && r.Total > 0
		s.down += r.RateDown
		s.up += r.RateUp
		s.peers += r.Peers
		s.seeds += r.Seeds
		if r.Phase == Seeding {
			s.seeding++
			s.sent += r.Uploaded
		} else if r.Phase < Seeding {
			s.waiting++
		}
		if r.Phase <= Seeding {
			s.phase = max(s.phase, r.Phase)
		}
	}
	s.estimate(now, before)
}

// estimate works out the time left of all rows together. before is what was done at the last pull.
func (s *totals) estimate(now time.Time, before int64) {
	rate := s.average.observe(now, s.done)
	if s.done != before || s.moved.IsZero() || s.waiting == 0 {
		s.moved = now
	}
	if s.stalled = now.Sub(s.moved) >= stalledAfter && s.phase.sized(); s.stalled {
		s.average, rate = average{}, 0
	}
	s.eta = s.left.observe(now, timeLeft(s.total-s.done, rate))
}

// complete is how many rows have all that was wanted: those that ended well, and those that are served.
func (s *totals) complete() int { return s.ended - s.failed + s.seeding }

// serves says whether serving is all that is left to do.
func (s *totals) serves() bool { return s.seeding > 0 && s.waiting == 0 }

// row is the totals as a row of its own. Count is how many rows are expected. Where not all sizes are
// known yet, the share of rows that ended stands for the share of bytes.
func (s *totals) row(count int) (row Row, fraction float64) {
	count = max(count, s.added)
	row = Row{
		Phase: s.phase,
		Done:  s.done, Total: s.total, RateDown: s.down, RateUp: s.up, Peers: s.peers, Seeds: s.seeds,
		Stalled: s.stalled,
	}
	if s.known && s.added >= count && s.total > 0 {
		row.ETA = s.eta
		return row, float64(s.done) / float64(s.total)
	}
	row.Total = 0
	return row, float64(s.ended) / float64(max(count, 1))
}

// shown says whether a line of totals tells more than the rows do.
func (s *totals) shown(count int) bool { return max(count, s.added) > 1 }
