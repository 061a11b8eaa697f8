package tracker

import "time"

// Status is the state of one tracker at one moment.
type Status struct {
	URL  string // without its secrets, see Redact
	Tier int    // from 0, in the order given

	Announcing bool      // an announce is under way
	Last       time.Time // when it last answered well; zero if it never did
	Next       time.Time // when it is asked next; zero while that depends on others of its tier, or if never
	// Err is what went wrong last, nil if the last announce went well. What a tracker itself said is a
	// *Failure. Texts from the tracker are in it unescaped.
	Err error
	// Warning is what the tracker said besides its last good answer, unescaped, at most 256 bytes.
	Warning string

	Seeders, Leechers int // as the tracker counts; -1 where it never said
	Peers             int // addresses in its last good answer
}
