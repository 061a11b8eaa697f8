package tracker

import "time"

// Counts are the peers of one torrent as a tracker counts them, us among them. -1 is what it never
// said.
type Counts struct {
	Seeders    int // have all of it
	Leechers   int // have not
	Downloaded int // how often it was completed, ever
}

// unknown is what a tracker that never said anything counts.
var unknown = Counts{Seeders: -1, Leechers: -1, Downloaded: -1}

// most joins counts, of which the larger ones are nearer to the truth: a tracker that is asked over
// two families counts some peers over one alone.
func (c Counts) most(o Counts) Counts {
	return Counts{max(c.Seeders, o.Seeders), max(c.Leechers, o.Leechers), max(c.Downloaded, o.Downloaded)}
}

// Status is the state of one tracker at one moment.
type Status struct {
	URL  string // without its secrets, see Redact
	Tier int    // from 0, in the order given

	Announcing bool      // an announce is under way
	Last       time.Time // when it last answered an announce well; zero if it never did
	// Next is when it is asked next; zero while it is being asked, while that depends on others of its
	// tier, or if never.
	Next time.Time
	// Err is what went wrong last, nil if the last announce went well. What a tracker itself said is a
	// *Failure. Texts from the tracker are in it unescaped.
	Err error
	// Warning is what the tracker said besides its last good answer, unescaped, at most 256 bytes.
	Warning string

	Counts            // by its last answers to announces and scrapes
	Counted time.Time // when it last said any of them; zero if it never did
	Peers   int       // addresses in its last good answer to an announce
}

// count takes what an answer said of the torrent and leaves what it did not say.
func (s *Status) count(c Counts) {
	for _, n := range []struct {
		to   *int
		from int
	}{{&s.Seeders, c.Seeders}, {&s.Leechers, c.Leechers}, {&s.Downloaded, c.Downloaded}} {
		if n.from >= 0 {
			*n.to = n.from
			s.Counted = time.Now()
		}
	}
}
