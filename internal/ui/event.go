package ui

// The names of the events, in the order in which a transfer gives them. The last one of a run is the
// summary.
const (
	EventAdded    = "added"
	EventMetadata = "metadata"
	EventChecking = "checking"
	EventProgress = "progress"
	EventFile     = "file"
	EventComplete = "complete"
	EventSeeding  = "seeding"
	EventWarning  = "warning"
	EventError    = "error"
	EventResult   = "result"
	EventSummary  = "summary"
)

// Ident says which torrent an event is about. It is part of every event but the summary.
type Ident struct {
	InfoHash string `json:"infohash"` // 40 or 64 hex; "" while it is not known
	Name     string `json:"name"`
}

// AddedEvent is a source that work begins on.
type AddedEvent struct {
	Ident
	Source string `json:"source"` // as it was given, without what may be secret
}

// MetadataEvent is the info dictionary being known.
type MetadataEvent struct {
	Ident
	BytesTotal  int64 `json:"bytes_total"`
	PieceLength int64 `json:"piece_length"`
	PiecesTotal int   `json:"pieces_total"`
	Files       int   `json:"files"`
	Private     bool  `json:"private"`
}

// CheckingEvent is the begin of hashing what is there.
type CheckingEvent struct {
	Ident
	BytesTotal int64 `json:"bytes_total"`
}

// ProgressEvent is the state once a second and at the end.
type ProgressEvent struct {
	Ident
	State         string  `json:"state"` // the name of a Phase
	BytesDone     int64   `json:"bytes_done"`
	BytesTotal    int64   `json:"bytes_total"`
	BytesVerified int64   `json:"bytes_verified"`
	RateDown      int64   `json:"rate_down"` // bytes a second
	RateUp        int64   `json:"rate_up"`
	Uploaded      int64   `json:"uploaded"` // bytes
	Ratio         float64 `json:"ratio"`
	Peers         int     `json:"peers"`
	Seeds         int     `json:"seeds"`
	PiecesDone    int     `json:"pieces_done"`
	PiecesTotal   int     `json:"pieces_total"`
	ETA           *int64  `json:"eta_s"` // null while unknown
	Note          string  `json:"note,omitempty"`
}

// FileEvent is a file that has its final name.
type FileEvent struct {
	Ident
	Index int    `json:"index"` // from 1, as --select counts
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
}

// CompleteEvent is a torrent of which all wanted files are there.
type CompleteEvent struct {
	Ident
	Path       string  `json:"path"`
	BytesTotal int64   `json:"bytes_total"`
	Downloaded int64   `json:"downloaded"` // bytes of this run
	Uploaded   int64   `json:"uploaded"`
	Elapsed    float64 `json:"elapsed_s"`
}

// SeedingEvent is a torrent that is being served.
type SeedingEvent struct {
	Ident
	Magnet   string  `json:"magnet,omitempty"`
	Uploaded int64   `json:"uploaded"` // bytes, over all runs
	Ratio    float64 `json:"ratio"`
}

// WarningEvent is a fault that did not stop the work.
type WarningEvent struct {
	Ident
	Message string `json:"message"`
}

// ErrorEvent is a failure that ended the work on a source.
type ErrorEvent struct {
	Ident
	Source  string `json:"source,omitempty"`
	Code    int    `json:"code"` // the exit code it stands for
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// SummaryEvent is the last line: what the process returns and why.
type SummaryEvent struct {
	Code       int      `json:"code"` // the exit code
	Total      int      `json:"total"`
	Complete   int      `json:"complete"`
	Failed     int      `json:"failed"`
	Unfinished int      `json:"unfinished"` // interrupted with work left
	Downloaded int64    `json:"downloaded"` // bytes of this run
	Uploaded   int64    `json:"uploaded"`
	Elapsed    float64  `json:"elapsed_s"`
	Results    []Result `json:"results"` // one a source, in the order given
}

// Result is what became of one source: an event of its own as soon as that is known, and part of the
// summary.
type Result struct {
	Ident
	Source     string  `json:"source"`
	Code       int     `json:"code"` // the exit code it stands for
	Path       string  `json:"path,omitempty"`
	Message    string  `json:"message,omitempty"`
	Hint       string  `json:"hint,omitempty"`
	BytesTotal int64   `json:"bytes_total,omitempty"`
	Downloaded int64   `json:"downloaded,omitempty"` // bytes of this run
	Uploaded   int64   `json:"uploaded,omitempty"`
	Elapsed    float64 `json:"elapsed_s,omitempty"`
}

// Seconds is a count of seconds for ProgressEvent.ETA; what is not above zero is unknown.
func Seconds(s float64) *int64 {
	if s <= 0 {
		return nil
	}
	n := int64(s + 0.5)
	return &n
}
