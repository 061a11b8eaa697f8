package swarm

// How many peers are served at once. Few get their pieces whole sooner and pass them on sooner; but where each of them takes
// less than we could give, more have to be served to make use of it. Nobody tells how much that is, so it is tried out:
// now and again some more, or fewer, are served for a while, and what was sent meanwhile decides.
const (
	usualSlots = 8
	leastSlots = 4
	mostSlots  = 100
	restTime   = 6       // dealings between two trials
	thinSlot   = 4 << 10 // bytes a second: less than that is not worth a slot
)

// slots is the number of upload slots, as it was found out so far. The zero value begins with the usual number.
type slots struct {
	n      int
	before int   // the number before the trial that is under way; 0: none is
	rate   int64 // what was sent then, in bytes a second
	fewer  bool  // the trial, or else the next one, is with fewer
	rest   int   // dealings until the next trial
}

// adapt takes what was sent since the last call, in bytes a second, and gives the number of slots for the time to come.
// waiting says that peers want a slot and have none; limit is what may be sent, 0 if there is no limit.
func (s *slots) adapt(rate int64, waiting bool, limit int64) int {
	if s.n == 0 {
		s.n = usualSlots
	}
	if s.before > 0 {
		s.judge(rate)
	}
	switch {
	case rate > 0 && rate/int64(s.n) < thinSlot && s.n > leastSlots:
		s.n--
	case s.rest > 0:
		s.rest--
	case rate > 0 && s.fewer && s.n > usualSlots:
		s.try(max(usualSlots, s.n*2/3), rate)
	case rate > 0 && waiting && (limit == 0 || rate < limit*9/10):
		s.fewer = false
		s.try(min(mostSlots, s.n+max(2, s.n/2)), rate)
	}
	return s.n
}

func (s *slots) try(n int, rate int64) {
	s.before, s.rate, s.n = s.n, rate, n
}

// judge ends a trial: more slots have to have brought a tenth more, fewer must not have cost a twentieth.
func (s *slots) judge(rate int64) {
	good := rate > s.rate+s.rate/10
	if s.fewer {
		good = rate > s.rate-s.rate/20
	}
	if !good {
		s.n = s.before
		s.fewer = !s.fewer && s.n > usualSlots
		s.rest = restTime
	} else if s.fewer {
		s.rest = restTime
	}
	s.before = 0
}
