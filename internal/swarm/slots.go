package swarm

// How many peers are served at once. Few get their pieces whole sooner and pass them on sooner; but where each of them takes
// less than we could give, more have to be served to make use of it. Nobody tells how much that is, so it is tried out:
// now and again some more, or fewer, are served for a while, and what was sent meanwhile decides. What is sent changes for
// other reasons too, and grows while a swarm begins: more slots are kept only where less was sent after they were taken away
// again.
const (
	usualSlots = 8
	leastSlots = 4
	mostSlots  = 100
	restTime   = 6       // dealings between two trials
	thinSlot   = 4 << 10 // bytes a second: less than that is not worth a slot
)

// trial is what is being tried out.
type trial int

const (
	none trial = iota
	more
	back // as many as before: was it the slots that brought more?
	fewer
)

// slots is the number of upload slots, as it was found out so far. The zero value begins with the usual number.
type slots struct {
	n      int
	trial  trial
	before int   // the number before the trial
	rate   int64 // what was sent then, in bytes a second
	raised int   // the number that seemed to bring more, while back is tried
	gained int64 // what was sent with it
	ripe   bool  // the next trial is with fewer
	rest   int   // dealings until then
}

// adapt takes what was sent since the last call, in bytes a second, and gives the number of slots for the time to come.
// waiting says that peers want a slot and have none; limit is what may be sent, 0 if there is no limit.
func (s *slots) adapt(rate int64, waiting bool, limit int64) int {
	if s.n == 0 {
		s.n = usualSlots
	}
	s.judge(rate)
	switch {
	case s.trial == back:
	case rate > 0 && rate/int64(s.n) < thinSlot && s.n > leastSlots:
		s.n--
	case s.rest > 0:
		s.rest--
	case rate > 0 && s.ripe && s.n > usualSlots:
		s.try(fewer, max(usualSlots, s.n*2/3), rate)
	case rate > 0 && waiting && (limit == 0 || rate < limit*9/10):
		s.try(more, min(mostSlots, s.n+max(2, s.n/2)), rate)
	}
	return s.n
}

func (s *slots) try(what trial, n int, rate int64) {
	s.trial, s.before, s.rate, s.n = what, s.n, rate, n
}

// judge ends a trial: more slots have to have brought a tenth more, which is gone without them, fewer must not have cost a
// twentieth.
func (s *slots) judge(rate int64) {
	what := s.trial
	s.trial = none
	switch what {
	case more:
		if rate > s.rate+s.rate/10 {
			s.trial, s.raised, s.gained = back, s.n, rate
			s.n = s.before
			return
		}
		s.n = s.before
		s.ripe = s.n > usualSlots
		s.rest = restTime
	case back:
		if rate < s.gained-s.gained/20 {
			s.n, s.ripe = s.raised, false
			return
		}
		s.rest = restTime
	case fewer:
		if rate <= s.rate-s.rate/20 {
			s.n, s.ripe = s.before, false
		}
		s.rest = restTime
	}
}
