package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"time"
)

// State is how a transfer stands.
type State string

// The states of a transfer. What is Unfinished or Seeding may be worked on now, or may have been left
// so by a process that was stopped.
const (
	Unfinished State = "unfinished" // something is missing
	Failed     State = "failed"     // something is missing, and Code and Message say why
	Seeding    State = "seeding"    // all is there, and it is to be served further
	Complete   State = "complete"   // all is there, and was served as long as it was to be
)

// Done says whether everything that was wanted is there.
func (s State) Done() bool { return s == Seeding || s == Complete }

// Record is what is known of one transfer.
type Record struct {
	ID       string `json:"id"`       // INFOHASH-PLACE, see NewID
	InfoHash string `json:"infohash"` // 40 hex: of v1, or the beginning of the v2 one
	Name     string `json:"name"`     // untrusted text; "" while unknown

	// How it was asked for.
	Verb   string              `json:"verb"`             // the command: get, apply
	Source string              `json:"source"`           // a link, a URL, or the absolute path of a torrent; "" for stdin
	Output string              `json:"output"`           // absolute: the folder that the content goes into; see Alone
	As     string              `json:"as,omitempty"`     // the name of the content in Output, instead of the torrent's own; "" keeps it
	Alone  bool                `json:"alone,omitempty"`  // Output is the name of the content itself, if that is a single file
	Dir    string              `json:"dir"`              // absolute: what relative paths in Flags are meant from
	Flags  map[string][]string `json:"flags,omitempty"`  // values of the command's flags by name
	Labels []string            `json:"labels,omitempty"` // what the user calls it by

	// How it stands.
	State      State         `json:"state"`
	Code       int           `json:"code,omitempty"`    // of Failed: the exit code
	Message    string        `json:"message,omitempty"` // of Failed: the cause
	Target     string        `json:"target,omitempty"`  // absolute path of the content; "" while unknown
	Total      int64         `json:"bytes_total"`       // wanted
	Verified   int64         `json:"bytes_verified"`    // of those
	Uploaded   int64         `json:"uploaded"`          // bytes, over all runs
	Downloaded int64         `json:"downloaded"`        // likewise
	Seeded     time.Duration `json:"seeded_ns"`         // time that it was served once complete, over all runs

	Added     time.Time `json:"added"`
	Changed   time.Time `json:"changed"`            // the last time that this was written
	Completed time.Time `json:"completed,omitzero"` // zero while something is missing

	Owner Owner `json:"owner,omitzero"` // who works on it; believe it only if Ledger.Busy does
}

// Owner is a process that works on a transfer. The zero value is nobody.
type Owner struct {
	PID int    `json:"pid"`
	Run string `json:"run"` // the name of its lock
}

// NewID is the name of a transfer: the infohash, and eight hex digits that tell apart the places that
// the same torrent goes to. place is absolute: Output, with As below it.
func NewID(infohash, place string) string {
	sum := sha256.Sum256([]byte(filepath.Clean(place)))
	return infohash + "-" + hex.EncodeToString(sum[:4])
}

// clone copies what a caller could change behind our back.
func (r Record) clone() Record {
	if r.Flags != nil {
		flags := make(map[string][]string, len(r.Flags))
		for name, values := range r.Flags {
			flags[name] = append([]string(nil), values...)
		}
		r.Flags = flags
	}
	r.Labels = append([]string(nil), r.Labels...)
	return r
}
