package ui

import "time"

// Phase is what a row is doing.
type Phase int

// The phases, in the order in which a transfer goes through them.
const (
	Waiting     Phase = iota // not begun
	Hashing                  // data of our own is hashed for a new torrent
	Metadata                 // the info dictionary is being asked for
	Checking                 // what is there is being hashed
	Downloading              // pieces come in
	Finishing                // files are being synced and named
	Seeding                  // complete and served
	Done
	Stopped // ended before it was complete
	Failed
)

var phaseNames = [...]string{
	"waiting", "hashing", "metadata", "checking", "downloading", "finishing", "seeding", "done", "stopped", "failed",
}

func (p Phase) String() string {
	if p < 0 || int(p) >= len(phaseNames) {
		return "unknown"
	}
	return phaseNames[p]
}

// measured says whether ui works out rate and time left by itself when the row does not give them.
func (p Phase) measured() bool { return p == Hashing || p == Checking }

// sized says whether work goes on from nothing to a total.
func (p Phase) sized() bool { return p.measured() || p == Downloading }

// networked says whether peers and rates mean anything.
func (p Phase) networked() bool { return p == Metadata || p == Downloading || p == Seeding }

// Row is one transfer, or one piece of long work, at one moment.
type Row struct {
	Name  string // untrusted: it is escaped here
	Phase Phase

	Done, Total      int64   // bytes; Total 0 is unknown
	RateDown, RateUp int64   // bytes a second, smoothed; while hashing and checking 0 is worked out here
	Average          int64   // bytes a second over all of the work, for the final line; 0 is worked out here
	Uploaded         int64   // bytes, shown while seeding
	Ratio            float64 // uploaded bytes for each of the content, shown while seeding

	Peers, Seeds int           // connected; the peers that have everything are among the peers
	ETA          time.Duration // 0 is unknown; worked out here as soon as Done moves, so that it does not jump
	Note         string        // why nothing moves, in a few words; untrusted
	Stalled      bool          // nothing has moved for a while; worked out here
}
