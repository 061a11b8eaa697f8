package cli

import (
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/shoal-project/shoal/internal/ledger"
	"github.com/shoal-project/shoal/internal/session"
	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// transfer is one source of a get or seed on its way from an argument to a result. Whoever shows it
// pulls: row and the others may be called at any time.
type transfer struct {
	source    source
	order     *order        // get: what is wanted of it; nil for seed
	engine    *engine       // likewise: who works on it
	entry     *ledger.Entry // likewise: what is remembered of it; nil where nothing is
	number    int           // its place among the sources, from 1
	given     bool          // seed: the torrent was there before and is no news
	started   time.Time
	task      *ui.Task      // its row, nil before it began
	checked   chan struct{} // closed when it is known what is there
	announced bool          // that the session has it
	done      chan struct{} // closed when everything that was wanted is there and has been told

	mu       sync.Mutex
	label    string           // until the torrent knows better
	phase    ui.Phase         // while there is no torrent yet
	hashed   int64            // bytes, in that phase
	size     int64            // of that phase
	torrent  *session.Torrent // nil until the session has it
	past     int64            // bytes that earlier runs have sent, as far as is remembered
	dir      string           // the folder that holds the content, as the user would write it
	name     string           // instead of the torrent's own; "" keeps it
	numbers  []int            // of its files, as --select counts them; nil until wanted
	wanted   []bool           // of its files, those that are; nil is all
	complete bool
	serves   bool // goes on as a seed once complete
	failed   bool
	moved    time.Time     // when seen last
	seen     int64         // bytes that were there then
	took     time.Duration // from the start to complete
	listed   *ui.Ident     // which torrent it is, where it is only looked at
	err      error         // valid at the end
	outcome  *outcome      // likewise
}

// outcome is what is kept of a transfer that is over: the torrent itself may be large, and a run may
// have very many.
type outcome struct {
	ident                ui.Ident
	path                 string // "" unless complete
	downloaded, uploaded int64  // of this run
	bytes                int64  // of what was wanted, there
	ratio                float64
}

func newTransfer(s source) *transfer {
	return &transfer{source: s, label: s.label(), checked: make(chan struct{}), done: make(chan struct{})}
}

// hashing says that the content is being hashed before there is a torrent.
func (t *transfer) hashing(phase ui.Phase, label string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.phase, t.label = phase, label
}

// hashedTo is how far the hashing is.
func (t *transfer) hashedTo(done, total int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hashed, t.size = done, total
}

// place says where the content goes: into a folder, under a name of its own unless that is "".
func (t *transfer) place(dir, name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dir, t.name = dir, name
}

// placed is where the content goes, as place has it.
func (t *transfer) placed() (dir, name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.dir, t.name
}

// attach hands the torrent over that does the work from now on.
func (t *transfer) attach(torrent *session.Torrent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.torrent = torrent
}

// remember notes how many bytes earlier runs have sent.
func (t *transfer) remember(uploaded int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.past = uploaded
}

// want notes which files are wanted; nil is all.
func (t *transfer) want(files []bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wanted = files
}

// fail notes why the transfer is about to end, for whoever shows it; nil is no fault.
func (t *transfer) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failed = err != nil
}

// end keeps what is to be known of a transfer that is over, and lets go of the rest.
func (t *transfer) end(err error) {
	ident := t.ident()
	st, _ := t.stats()
	o := &outcome{ident: ident, downloaded: st.Downloaded, uploaded: st.Uploaded, bytes: st.Verified, ratio: ratio(st)}
	if err == nil && t.isComplete() {
		o.path = t.path(st.Info)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.err, t.outcome = err, o
	t.torrent, t.numbers, t.wanted, t.source.content = nil, nil, nil, nil
}

// summed is what a summary says of a transfer that is over.
func (t *transfer) summed() ui.Outcome {
	t.mu.Lock()
	defer t.mu.Unlock()
	o := ui.Outcome{Name: t.label, Phase: ui.Stopped}
	if t.outcome == nil {
		return o
	}
	if t.outcome.ident.Name != "" {
		o.Name = t.outcome.ident.Name
	}
	o.Bytes, o.Took, o.Uploaded, o.Ratio = t.outcome.bytes, t.took, t.outcome.uploaded, t.outcome.ratio
	o.Average = averageRate(t.outcome.downloaded, t.took)
	switch {
	case t.err == nil:
		o.Phase = ui.Done
	case quiet(t.err):
		o.Reason = "interrupted"
	default:
		o.Phase, o.Reason = ui.Failed, causeText(t.err, t.source.text)
	}
	return o
}

// completed notes that everything that was wanted is there, and closes done once tell has returned.
// Only the first call counts.
func (t *transfer) completed(tell func()) {
	t.mu.Lock()
	first := !t.complete
	if first {
		t.complete, t.took = true, time.Since(t.started)
	}
	t.mu.Unlock()
	if first {
		tell()
		close(t.done)
	}
}

// lookedAt notes that it is known what is there.
func (t *transfer) lookedAt() {
	select {
	case <-t.checked:
	default:
		close(t.checked)
	}
}

// isComplete says whether everything that was wanted is there.
func (t *transfer) isComplete() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.complete
}

// stats is a snapshot of the torrent; ok is false before there is one.
func (t *transfer) stats() (st session.Stats, ok bool) {
	t.mu.Lock()
	torrent, past := t.torrent, t.past
	t.mu.Unlock()
	if torrent == nil {
		return st, false
	}
	st = torrent.Stats()
	st.AllUploaded = max(st.AllUploaded, past+st.Uploaded)
	return st, true
}

// ident says which torrent it is, as far as is known.
func (t *transfer) ident() ui.Ident {
	st, ok := t.stats()
	if !ok {
		t.mu.Lock()
		defer t.mu.Unlock()
		switch {
		case t.outcome != nil:
			return t.outcome.ident
		case t.listed != nil:
			return *t.listed
		}
		return ui.Ident{Name: t.label}
	}
	return ui.Ident{InfoHash: st.InfoHash.String(), Name: st.Name}
}

// path is where a file of the torrent lies, or the whole of it without elements, as the user would
// write it.
func (t *transfer) path(info *metainfo.Info, elements ...string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	name := t.name
	if name == "" && info != nil {
		name = info.Name
	}
	if info != nil && info.SingleFile() {
		elements = nil
	}
	return filepath.Join(append([]string{t.dir, name}, elements...)...)
}

// row is what a bar or a line shows of it.
func (t *transfer) row() ui.Row {
	st, ok := t.stats()
	t.mu.Lock()
	defer t.mu.Unlock()
	if !ok {
		return ui.Row{Name: t.label, Phase: t.phase, Done: t.hashed, Total: t.size}
	}
	r := ui.Row{
		Name: st.Name, Phase: phaseOf(st.State), Done: st.Done, Total: st.Total,
		RateDown: st.RateDown, RateUp: st.RateUp, Uploaded: st.Uploaded, Ratio: ratio(st),
		Peers: st.Peers, Seeds: st.Seeds, ETA: st.ETA,
	}
	if t.stuck(st.Done + st.Checked) {
		r.Note = st.Note
	}
	switch {
	case r.Phase == ui.Checking:
		r.Done, r.RateDown, r.RateUp = st.Checked, 0, 0
	case t.failed:
		r.Phase = ui.Failed
	case t.complete && !t.serves:
		r.Phase, r.Done, r.Note = ui.Done, r.Total, ""
		r.Average = averageRate(st.Downloaded, t.took)
	}
	return r
}

// still is how long nothing has to move before the reason is shown.
const still = 2 * time.Second

// stuck says whether nothing has moved for a while. The caller holds the lock.
func (t *transfer) stuck(bytes int64) bool {
	now := time.Now()
	if bytes != t.seen || t.moved.IsZero() {
		t.seen, t.moved = bytes, now
	}
	return now.Sub(t.moved) >= still
}

func phaseOf(s session.State) ui.Phase {
	switch s {
	case session.StateMetadata:
		return ui.Metadata
	case session.StateChecking:
		return ui.Checking
	case session.StateDownloading:
		return ui.Downloading
	case session.StateFinishing:
		return ui.Finishing
	case session.StateSeeding:
		return ui.Seeding
	case session.StateComplete:
		return ui.Done
	case session.StateFailed:
		return ui.Failed
	}
	return ui.Stopped
}

// ratio is what was sent, over all runs, per byte of what was wanted.
func ratio(st session.Stats) float64 {
	if st.Total <= 0 {
		return 0
	}
	return float64(st.AllUploaded) / float64(st.Total)
}

// averageRate is bytes a second, 0 where nothing moved.
func averageRate(bytes int64, took time.Duration) int64 {
	if bytes <= 0 || took <= 0 {
		return 0
	}
	return int64(float64(bytes) / took.Seconds())
}

// fileEvent is the event of a file that got its final name.
func (t *transfer) fileEvent(info *metainfo.Info, index int) ui.FileEvent {
	f := info.Files[index]
	return ui.FileEvent{Ident: t.ident(), Index: t.fileNumber(info, index), Path: t.path(info, f.Path...), Bytes: f.Length}
}

// files is how many files are wanted, and where the first of them lies, as the user would write it.
func (t *transfer) files(info *metainfo.Info) (n int, first string) {
	t.mu.Lock()
	wanted := t.wanted
	t.mu.Unlock()
	for _, i := range shownFiles(info) {
		if wanted != nil && !wanted[i] {
			continue
		}
		if n++; n == 1 {
			first = t.path(info, info.Files[i].Path...)
		}
	}
	return n, first
}

// wantedBytes is the size of the files that are wanted.
func (t *transfer) wantedBytes(info *metainfo.Info) (n int64) {
	t.mu.Lock()
	wanted := t.wanted
	t.mu.Unlock()
	for _, i := range shownFiles(info) {
		if wanted == nil || wanted[i] {
			n += info.Files[i].Length
		}
	}
	return n
}

// samePlace says whether another transfer puts its content where this one does.
func (t *transfer) samePlace(o *transfer) bool {
	dir, name := t.placed()
	otherDir, otherName := o.placed()
	return filepath.Clean(dir) == filepath.Clean(otherDir) && name == otherName
}

// fileNumber is how --select counts a file.
func (t *transfer) fileNumber(info *metainfo.Info, index int) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.numbers == nil {
		t.numbers = make([]int, len(info.Files))
		for n, i := range shownFiles(info) {
			t.numbers[i] = n + 1
		}
	}
	return t.numbers[index]
}

// quoteArgs writes arguments so that a shell reads them back.
func quoteArgs(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = a
		if a == "" || strings.Trim(a, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@%+") != "" {
			quoted[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
