package cli

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/shoal-project/shoal/internal/session"
	"github.com/shoal-project/shoal/internal/ui"
)

// report tells what becomes of the transfers of one run: as bars and lines for people, or as events
// for programs. It pulls; those who work only call it when something has happened.
type report struct {
	verb    string
	term    *ui.IO
	bars    *ui.Progress
	events  *ui.JSON                                          // nil unless --json
	piped   bool                                              // stdout has the data
	tell    func(r *report, t *transfer, change, path string) // instead of paths on stdout; nil for those
	plain   bool                                              // results get their final lines from here and not from a bar or from lines
	started time.Time
	unwatch func() // closes the full-screen view, and leaves the keyboard alone
	sums    bool   // a summary for people comes at the end
	stop    chan struct{}
	ticking sync.WaitGroup

	mu  sync.Mutex
	all []*transfer // those that began and have not ended
}

// newReport begins to show count transfers.
func newReport(verb string, term *ui.IO, flags *termFlags, count int) *report {
	r := &report{
		verb: verb, term: term, started: time.Now(), stop: make(chan struct{}), unwatch: func() {},
		sums: count > 1 && !flags.json,
		bars: term.Progress(ui.ProgressOptions{Count: count}),
		// The lines of ui know how fast a transfer was only if it took longer than a second.
		plain: flags.progress == ui.ProgressNone || !flags.bars(term) && count == 1,
	}
	if flags.json {
		r.events = ui.NewJSON(term.Out)
		r.ticking.Go(r.tick)
	}
	return r
}

// tick emits progress once a second.
func (r *report) tick() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			r.mu.Lock()
			all := append([]*transfer(nil), r.all...)
			r.mu.Unlock()
			for _, t := range all {
				r.progress(t)
			}
		case <-r.stop:
			return
		}
	}
}

// emit writes an event where events are wanted. A reader that has gone away is no reason to stop.
func (r *report) emit(event string, fields any) {
	if r.events != nil {
		_ = r.events.Emit(event, fields)
	}
}

// began shows a transfer from now on.
func (r *report) began(t *transfer) {
	t.started = time.Now()
	t.task = r.bars.Add(t.row)
	r.mu.Lock()
	r.all = append(r.all, t)
	r.mu.Unlock()
}

// added tells that the session has the torrent.
func (r *report) added(t *transfer) {
	r.emit(ui.EventAdded, ui.AddedEvent{Ident: t.ident(), Source: t.source.public()})
}

// event tells of an event of the session.
func (r *report) event(t *transfer, e session.Event) {
	if e.Kind == session.Warning {
		r.warn(t, e.Err.Error())
	}
	if r.events == nil {
		return
	}
	st, ok := t.stats()
	if !ok {
		return
	}
	switch e.Kind {
	case session.Metadata:
		r.emit(ui.EventMetadata, metadataEvent(st))
	case session.Checking:
		r.emit(ui.EventChecking, ui.CheckingEvent{Ident: t.ident(), BytesTotal: t.wantedBytes(st.Info)})
	case session.FileDone:
		r.emit(ui.EventFile, t.fileEvent(st.Info, e.File))
	}
}

// warn tells of a fault that stops nothing.
func (r *report) warn(t *transfer, message string) {
	if r.events != nil {
		r.emit(ui.EventWarning, ui.WarningEvent{Ident: t.ident(), Message: message})
		return
	}
	r.term.Warn(t.ident().Name + ": " + message)
}

func metadataEvent(st session.Stats) ui.MetadataEvent {
	return ui.MetadataEvent{
		Ident:      ui.Ident{InfoHash: st.InfoHash.String(), Name: st.Name},
		BytesTotal: st.Info.DataLength(), PieceLength: st.Info.PieceLength, PiecesTotal: st.Info.NumPieces(),
		Files: len(shownFiles(st.Info)), Private: st.Info.Private,
	}
}

// progress tells how far a transfer is.
func (r *report) progress(t *transfer) {
	if r.events == nil {
		return
	}
	row, id := t.row(), t.ident()
	e := ui.ProgressEvent{
		Ident: id, State: row.Phase.String(), BytesDone: row.Done, BytesTotal: row.Total,
		RateDown: row.RateDown, RateUp: row.RateUp, Uploaded: row.Uploaded, Ratio: row.Ratio,
		Peers: row.Peers, Seeds: row.Seeds, ETA: ui.Seconds(row.ETA.Seconds()), Note: row.Note,
	}
	if st, ok := t.stats(); ok {
		e.BytesVerified, e.PiecesDone, e.PiecesTotal = st.Verified, st.PiecesDone, st.Pieces
	}
	r.emit(ui.EventProgress, e)
}

// complete tells that everything that was wanted is there: the last progress, the event, the path on
// stdout and, if the transfer goes on as a seed, its final line.
func (r *report) complete(t *transfer, goesOn bool) {
	st, _ := t.stats()
	path := t.path(st.Info)
	r.progress(t)
	r.emit(ui.EventComplete, ui.CompleteEvent{
		Ident: t.ident(), Path: path, BytesTotal: st.Total, Downloaded: st.Downloaded, Uploaded: st.Uploaded,
		Elapsed: seconds(t.took),
	})
	if goesOn || r.plain {
		if r.events == nil {
			r.term.Info(finalLine(t, st))
		}
	} else {
		t.task.Done()
	}
	if r.tell != nil {
		r.tell(r, t, changeOf(t, st), path)
	}
	if r.events != nil || r.term.Quiet || r.piped || r.tell != nil {
		return
	}
	_, _ = fmt.Fprintln(r.term.Out, ui.Escape(path))
}

// finalLine is what is said of a download that is complete: name, size, time and average rate.
func finalLine(t *transfer, st session.Stats) string {
	text := fmt.Sprintf("%s: done, %s in %s", st.Name, ui.Bytes(st.Total), ui.Duration(t.took))
	if rate := averageRate(st.Downloaded, t.took); rate > 0 {
		text += ", " + ui.Rate(rate)
	}
	return text
}

// seedingEvent is the event of a torrent that is being served, with what others need to get it.
type seedingEvent struct {
	ui.SeedingEvent
	Port uint16 `json:"port"`
}

// seeding tells that a torrent is being served.
func (r *report) seeding(t *transfer, magnet string, port uint16) {
	st, _ := t.stats()
	r.emit(ui.EventSeeding, seedingEvent{
		ui.SeedingEvent{Ident: t.ident(), Magnet: magnet, Uploaded: st.AllUploaded, Ratio: ratio(st)}, port,
	})
	if r.events == nil {
		where := fmt.Sprintf("on port %d", port)
		if port == 0 {
			where = "through the proxy, to peers that we connect to"
		}
		r.term.Info(fmt.Sprintf("%s: seeding %s %s, infohash %s", st.Name, ui.Bytes(st.Total), where, st.InfoHash))
	}
	if r.tell != nil {
		r.tell(r, t, changeSeeding, t.path(st.Info))
	}
}

// ended takes a transfer off the screen, tells why it failed, if it did, and what became of it. What was
// interrupted is told of in one line for all of them.
func (r *report) ended(t *transfer, err error) {
	t.fail(err)
	r.mu.Lock()
	if i := slices.Index(r.all, t); i >= 0 {
		r.all = slices.Delete(r.all, i, i+1)
	}
	r.mu.Unlock()
	if t.task != nil {
		if _, known := t.stats(); err == nil && known && (t.serves || !r.plain) {
			t.task.Done()
		} else {
			t.task.Remove()
		}
	}
	if err != nil {
		if _, known := t.stats(); known {
			r.progress(t)
		}
		message := causeText(err, t.source.text)
		r.emit(ui.EventError, ui.ErrorEvent{
			Ident: t.ident(), Source: t.source.public(), Code: exitCode(err), Message: message, Hint: hintOf(err),
		})
		if r.tell != nil && !quiet(err) {
			r.tell(r, t, changeFailed, t.source.label())
		}
		if !quiet(err) {
			r.term.Error(verbError(r.verb, about(t.source.label(), err)), hintOf(err))
		}
	}
	t.end(err)
	r.emit(eventResult, r.result(t))
}

// eventResult is the event that ends a source: an entry of the summary, as soon as it is known.
const eventResult = "result"

// result is what became of a transfer that is over.
func (r *report) result(t *transfer) ui.Result {
	res := ui.Result{Ident: t.outcome.ident, Source: t.source.public(), Code: exitCode(t.err), Path: t.outcome.path}
	switch {
	case t.err == nil:
	case errors.Is(t.err, ErrInterrupted):
		res.Message = "interrupted"
	default:
		res.Message = causeText(t.err, t.source.text)
	}
	return res
}

// close ends the showing; the summary is the last event. It returns the first failure in the order of
// the transfers, as told.
func (r *report) close(all []*transfer) error {
	close(r.stop)
	r.ticking.Wait()
	r.unwatch()
	r.bars.Close()
	if r.sums && r.tell == nil {
		r.term.Summary(time.Since(r.started), outcomes(all))
	}
	var first error
	sum := ui.SummaryEvent{Total: len(all), Elapsed: seconds(time.Since(r.started)), Results: []ui.Result{}}
	for _, t := range all {
		sum.Downloaded += t.outcome.downloaded
		sum.Uploaded += t.outcome.uploaded
		switch {
		case t.err == nil:
			sum.Complete++
		case quiet(t.err):
			sum.Unfinished++
		default:
			sum.Failed++
		}
		if first == nil {
			first = t.err
		}
		sum.Results = append(sum.Results, r.result(t))
	}
	sum.Code = exitCode(first)
	r.emit(ui.EventSummary, sum)
	return told(first)
}

// seconds is a time as events have it, with milliseconds.
func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }
