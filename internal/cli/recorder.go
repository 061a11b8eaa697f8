package cli

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/shoal-project/shoal/internal/disk"
	"github.com/shoal-project/shoal/internal/ledger"
	"github.com/shoal-project/shoal/internal/seedrule"
	"github.com/shoal-project/shoal/internal/session"
	"github.com/shoal-project/shoal/internal/ui"
)

// recorder writes down what becomes of transfers, so that list shows them and resume goes on with them. What it
// cannot write it warns of once: no transfer fails because of it.
type recorder struct {
	verb     string
	ledger   *ledger.Ledger // nil: nothing is remembered
	stateDir string
	term     *ui.IO
	warned   sync.Once
	stop     chan struct{}
	ticking  sync.WaitGroup

	mu  sync.Mutex
	all map[*transfer]*recording // those at work
}

// recording is what the recorder itself has to know of a transfer.
type recording struct {
	kept   bool      // its metadata is saved for a later run
	served time.Time // since when it is served; zero while it is not
}

func newRecorder(env Env, verb string, term *ui.IO) *recorder {
	r := &recorder{verb: verb, term: term, stop: make(chan struct{}), all: map[*transfer]*recording{}}
	if l, dir, err := openLedger(env); err == nil {
		r.ledger, r.stateDir = l, dir
		r.ticking.Go(r.tick)
	}
	return r
}

// recordInterval is how often it is written down how far transfers are, and beginInterval how soon that they are
// there at all: of many small ones, most are over before.
const (
	recordInterval = 30 * time.Second
	beginInterval  = 300 * time.Millisecond
)

// tick writes that down.
func (r *recorder) tick() {
	begin, ticker := time.NewTicker(beginInterval), time.NewTicker(recordInterval)
	defer begin.Stop()
	defer ticker.Stop()
	for {
		select {
		case <-begin.C:
			for _, t := range r.atWork() {
				if t.entry.Record().Total == 0 { // it was not known yet how much is wanted
					r.update(t, func(*ledger.Record) {})
				}
				r.failed(t.entry.Flush())
			}
		case <-ticker.C:
			for _, t := range r.atWork() {
				r.keep(t)
				r.update(t, func(*ledger.Record) {})
			}
		case <-r.stop:
			return
		}
	}
}

// atWork are the transfers that have begun and not ended.
func (r *recorder) atWork() []*transfer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Collect(maps.Keys(r.all))
}

// close ends the writing.
func (r *recorder) close() {
	if r.ledger == nil {
		return
	}
	close(r.stop)
	r.ticking.Wait()
	r.ledger.Close()
}

// failed warns of what could not be written. That another process works on the same transfer is told elsewhere.
func (r *recorder) failed(err error) {
	if err != nil && !errors.Is(err, ledger.ErrBusy) {
		r.warned.Do(func() { r.term.Warn("list and resume will not know of this: " + err.Error()) })
	}
}

// began writes down that the work on a transfer begins.
func (r *recorder) began(t *transfer, torrent *session.Torrent) {
	if r.ledger == nil || t.order.o.streams() {
		return
	}
	if t.entry == nil {
		e, err := r.ledger.BeginLater(t.order.record(cmp.Or(t.order.verb, r.verb), torrent.Stats()))
		if err != nil {
			r.failed(err)
			return
		}
		t.entry = e
		t.remember(e.Before().Uploaded)
	}
	r.mu.Lock()
	r.all[t] = &recording{}
	r.mu.Unlock()
}

// record is what is to be known of an order before any work is done.
func (d *order) record(verb string, st session.Stats) ledger.Record {
	dir, as := d.dir, d.name
	if dir == "" {
		dir = d.o.output
	}
	r := ledger.Record{
		InfoHash: st.InfoHash.String(), Name: st.Name, Verb: verb, Source: d.origin(), Labels: d.labels,
		Output: absolute(d.env.path(dir)), As: as, Dir: absolute(d.env.path(".")),
		Alone: d.alone && d.dir == "" && as == "" && !isFolder(d.env, dir), Flags: flagValues{},
	}
	for name, values := range d.flags {
		r.Flags[name] = values
	}
	for _, rule := range d.selection {
		r.Flags["select"] = append(r.Flags["select"], rule.spec)
	}
	d.recordSeed(r.Flags)
	return r
}

// recordSeed writes as flags how an order is to be seeded.
func (d *order) recordSeed(flags flagValues) {
	if d.never {
		return
	}
	d.policy.record(flags)
	if d.seed {
		flags["seed"] = []string{"true"}
	}
}

// origin is the source as another process can find it, from whatever folder.
func (d *order) origin() string {
	switch text := d.source.text; {
	case text == "-":
		return ""
	case d.source.isFile():
		return absolute(d.env.path(text))
	default:
		return text
	}
}

// isFile says whether a source is a torrent in a file, and no link, infohash or stream.
func (s source) isFile() bool {
	for _, form := range []*regexp.Regexp{urlScheme, hexHash, hexHashV2, base32Hash} {
		if form.MatchString(s.text) {
			return false
		}
	}
	return s.text != "-" && !isMagnet(s.text)
}

// record writes a policy as flags.
func (o *seedPolicy) record(flags flagValues) {
	if o.ratio > 0 {
		flags["seed-ratio"] = []string{strconv.FormatFloat(o.ratio, 'g', -1, 64)}
	}
	if o.time > 0 {
		flags["seed-time"] = []string{o.time.String()}
	}
	if o.until.rule != nil {
		flags["seed-until"] = []string{o.until.String()}
	}
}

// event writes down what an event changes.
func (r *recorder) event(t *transfer, e session.Event) {
	switch e.Kind {
	case session.Checking:
		r.update(t, func(*ledger.Record) {})
	case session.Checked:
		if text := t.source.text; text == "-" || isWeb(text) { // neither may be there another time
			r.keep(t)
		}
		r.update(t, func(*ledger.Record) {})
	}
}

// keep saves the metadata of a torrent for a later run. That of a link is saved by the session.
func (r *recorder) keep(t *transfer) {
	torrent := t.current()
	r.mu.Lock()
	at := r.all[t]
	r.mu.Unlock()
	if at == nil || at.kept || torrent == nil || isMagnet(t.source.text) {
		return
	}
	m, target := torrent.Metainfo(), t.target()
	if m == nil || target == "" {
		return
	}
	if err := disk.SaveTorrent(r.stateDir, m, target); err != nil {
		r.failed(err)
		return
	}
	r.mu.Lock()
	at.kept = true
	r.mu.Unlock()
}

// update writes down how far a transfer is, and what change does beyond that.
func (r *recorder) update(t *transfer, change func(*ledger.Record)) {
	if t.entry == nil {
		return
	}
	r.failed(t.entry.Update(func(rec *ledger.Record) {
		r.measure(t, rec)
		change(rec)
	}))
}

// measure fills in what the session knows.
func (r *recorder) measure(t *transfer, rec *ledger.Record) {
	st, ok := t.stats()
	if !ok {
		return
	}
	before := t.entry.Before()
	rec.Name = st.Name
	if target := t.target(); target != "" {
		rec.Target = target
	}
	switch st.State {
	case session.StateMetadata, session.StateChecking: // nothing is known yet, or not all
	default:
		rec.Total, rec.Verified = st.Total, min(st.Verified, st.Total)
	}
	rec.Uploaded = max(st.AllUploaded, before.Uploaded+st.Uploaded)
	rec.Downloaded = max(st.AllDownloaded, before.Downloaded+st.Downloaded)
	r.mu.Lock()
	defer r.mu.Unlock()
	if at := r.all[t]; at != nil && !at.served.IsZero() {
		rec.Seeded = before.Seeded + time.Since(at.served)
	}
}

// seeding writes down that a transfer is complete and served from now on. It returns for how long earlier runs have
// served it.
func (r *recorder) seeding(t *transfer) (before time.Duration) {
	if t.entry == nil {
		return 0
	}
	r.mu.Lock()
	if at := r.all[t]; at != nil {
		at.served = time.Now()
	}
	r.mu.Unlock()
	r.keep(t)
	r.update(t, func(rec *ledger.Record) { finish(t.entry.Before(), rec, ledger.Seeding) })
	r.failed(t.entry.Flush())
	return t.entry.Before().Seeded
}

// served says whether a transfer was served enough in earlier runs.
func (r *recorder) served(t *transfer, in loaded) bool {
	if r.ledger == nil {
		return false
	}
	for _, hash := range in.hashes() {
		now := t.order.record(r.verb, session.Stats{InfoHash: hash})
		before, err := r.ledger.Get(ledger.NewID(now.InfoHash, filepath.Join(now.Output, now.As)))
		if err == nil && before.State.Done() && t.order.servedBefore(before) {
			return true
		}
	}
	return false
}

// servedBefore says whether what is known of a complete transfer is all the seeding that the order asks for.
func (d *order) servedBefore(before ledger.Record) bool {
	policy := d.policy
	policy.until.rule = nil // it asks for what only those know who are there
	if policy.reached(seedrule.Values{Ratio: ratioOf(before), Time: before.Seeded}) {
		return true
	}
	now := flagValues{}
	d.recordSeed(now)
	return d.lasting && before.State == ledger.Complete && before.Seeded > 0 && samePolicy(before.Flags, now)
}

// samePolicy says whether two sets of flags seed alike.
func samePolicy(a, b flagValues) bool {
	for _, flag := range []string{"seed", "seed-ratio", "seed-time", "seed-until"} {
		if !slices.Equal(a[flag], b[flag]) {
			return false
		}
	}
	return true
}

// ended writes down what became of a transfer.
func (r *recorder) ended(ctx context.Context, t *transfer, err error) {
	if t.entry == nil {
		return
	}
	if err != nil {
		r.keep(t)
	}
	r.failed(t.entry.End(func(rec *ledger.Record) {
		r.measure(t, rec)
		switch {
		case err == nil && t.serves && interrupted(ctx):
			finish(t.entry.Before(), rec, ledger.Seeding)
		case err == nil:
			finish(t.entry.Before(), rec, ledger.Complete)
		case quiet(err):
			rec.State = ledger.Unfinished
		default:
			rec.State, rec.Code, rec.Message = ledger.Failed, exitCode(err), causeText(err, t.source.text)
		}
	}))
	r.mu.Lock()
	delete(r.all, t)
	r.mu.Unlock()
}

// finish notes that a transfer is complete. One that was so before, and of which nothing had to be fetched, keeps its
// time.
func finish(before ledger.Record, rec *ledger.Record, state ledger.State) {
	rec.State = state
	switch {
	case !rec.Completed.IsZero():
	case before.State.Done() && rec.Downloaded == before.Downloaded:
		rec.Completed = before.Completed
	default:
		rec.Completed = time.Now()
	}
}

// current is the torrent at work, nil if there is none.
func (t *transfer) current() *session.Torrent {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.torrent
}

// target is the absolute path of the content; "" while it is not known.
func (t *transfer) target() string {
	st, ok := t.stats()
	if !ok || st.Info == nil {
		return ""
	}
	return absolute(t.order.env.path(t.path(st.Info)))
}
