package swarm

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/shoal-project/shoal/internal/webseed"
)

// WebSeed is an HTTP server that has the content (BEP 19); *webseed.Server has the methods.
type WebSeed interface {
	// Fetch gets runs of bytes; its error is a *webseed.Error, the sink's or that of ctx.
	Fetch(ctx context.Context, spans []webseed.Span, sink webseed.Sink) error
	String() string // names the server without secrets
	Close()
}

// Waiting times after a web seed failed, where it does not ask for one itself.
const (
	firstPause = 2 * time.Second
	lastPause  = 5 * time.Minute
)

// webSeed is a web seed at work: to the picker a peer that has everything, never chokes and wants nothing. Its
// goroutine takes a run of pieces, fetches it, and takes the next.
type webSeed struct {
	t      *Torrent
	server WebSeed
	peer   *Peer         // what pieces and other peers know it as; it is not among the torrent's peers
	wake   chan struct{} // there may be something to fetch

	// Under the torrent's lock:
	run     *webRun                 // what is fetched
	stop    context.CancelCauseFunc // ends the fetch
	until   time.Time               // it is left alone until then
	fails   int                     // in a row
	fault   error                   // the last one
	next    int                     // the piece behind the last run
	inOrder bool                    // it sends whole files only
	speed   int64                   // bytes a second of the last run
	tried   time.Time               // when it was last asked though the peers were fast
	yielded time.Time               // when it last made room for peers under the download limit
	common  time.Time               // since when peers together have all that is missing; zero before
}

// startWebSeeds lets the web seeds begin.
func (t *Torrent) startWebSeeds() {
	if t.cfg.WebSeeds == nil {
		return
	}
	spare := t.cfg.WebSeeds(t.info)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.spareSeeds = spare
	t.useSpareSeeds()
}

// maxWebSeeds is how many servers are used at once.
const maxWebSeeds = 8

// useSpareSeeds begins with web seeds while there are not enough. The lock is held.
func (t *Torrent) useSpareSeeds() {
	n := t.info.NumPieces()
	for len(t.webSeeds) < maxWebSeeds && len(t.spareSeeds) > 0 {
		s := t.spareSeeds[0]
		t.spareSeeds = t.spareSeeds[1:]
		w := &webSeed{t: t, server: s, wake: make(chan struct{}, 1), next: -1}
		w.peer = &Peer{t: t, web: w, id: sha1.Sum(fmt.Appendf(nil, "%d %s", len(t.spareSeeds), s)), source: "webseed", since: time.Now()}
		w.peer.has = newBitset(n)
		w.peer.has.fill(n)
		w.peer.hasCount = n
		t.webSeeds = append(t.webSeeds, w)
		t.conn.Add(1)
		go w.loop(t.ctx)
	}
}

// loop fetches until the torrent ends, everything is here, or the server is of no more use.
func (w *webSeed) loop(ctx context.Context) {
	defer w.t.conn.Done()
	defer w.leave()
	for !w.over(ctx) {
		run, ctx := w.begin(ctx)
		if run == nil {
			w.wait(ctx)
			continue
		}
		err := w.server.Fetch(ctx, run.spans(), run)
		w.end(run, err)
	}
}

// over reports whether the work is.
func (w *webSeed) over(ctx context.Context) bool {
	t := w.t
	t.mu.Lock()
	defer t.mu.Unlock()
	return ctx.Err() != nil || w.peer.gone || t.picker.left == 0 && len(t.open) == 0 && t.writing == 0
}

// wait waits until there may be something to fetch. The torrent's tick wakes it too.
func (w *webSeed) wait(ctx context.Context) {
	select {
	case <-w.wake:
	case <-ctx.Done():
	}
}

// begin takes a run of pieces, if it is time for one.
func (w *webSeed) begin(ctx context.Context) (*webRun, context.Context) {
	t := w.t
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if w.peer.gone || now.Before(w.until) || w.rests(now) {
		return nil, ctx
	}
	w.peer.snubbed = false
	asks := w.assign(now)
	if len(asks) == 0 {
		return nil, ctx
	}
	w.run = newWebRun(w, asks)
	w.peer.waiting.Store(int32(len(asks)))
	w.peer.lastGot.Store(now.UnixNano())
	ctx, w.stop = context.WithCancelCause(ctx)
	return w.run, ctx
}

// Reasons to end a fetch early.
var (
	errNothingLeft = errors.New("others gave all that is left of it")
	errTooSlow     = errors.New("the peers are faster")
)

// end takes a run back and draws conclusions.
func (w *webSeed) end(run *webRun, err error) {
	t := w.t
	run.recycle()
	now := time.Now()
	t.mu.Lock()
	w.stop(nil)
	w.run = nil
	w.peer.waiting.Store(0)
	for _, b := range run.blocks {
		if !b.came.Load() {
			b.part.giveBack(b.block)
		}
	}
	if d := now.Sub(run.began).Seconds(); run.got.Load() > 0 && d > 0 {
		w.speed = int64(float64(run.got.Load()) / d)
	}
	dropped := w.conclude(err, run.got.Load() > 0, now)
	w.letGo()
	t.feedStarving()
	t.mu.Unlock()
	switch {
	case dropped != nil:
		t.warn(fmt.Errorf("drop web seed %s: %w", w.server, dropped))
		t.signal()
	case err != nil:
		t.log.Debug("web seed failed", "server", w.server.String(), "reason", err)
	}
}

// conclude decides what an error means for the next run. It returns why the web seed is dropped, or nil. The
// lock is held.
func (w *webSeed) conclude(err error, got bool, now time.Time) (dropped error) {
	bad, ok := errors.AsType[*webseed.Error](err)
	switch {
	case err == nil:
		w.fails, w.fault = 0, nil
		return nil
	case !ok: // the torrent's own reasons
		return nil
	}
	w.fault = bad
	switch bad.Fault {
	case webseed.FileUnusable:
		w.without(bad.File)
		if w.useful() {
			return nil
		}
	case webseed.NoRanges:
		if !w.inOrder {
			w.inOrder, w.next = true, 0
			return nil
		}
	case webseed.Unavailable:
		if got {
			w.fails = 0
		}
		pause := max(bad.Retry, min(firstPause<<min(w.fails, 20), lastPause))
		w.fails++
		w.until = now.Add(pause + time.Duration(w.t.cfg.Rand.Int64N(int64(pause)/4+1)))
		w.peer.snubbed = true
		return nil
	}
	if w.peer.gone {
		return nil
	}
	w.peer.gone = true
	return bad
}

// without notes that the server does not have a file. The lock is held.
func (w *webSeed) without(file int) {
	t, f := w.t, &w.t.info.Files[file]
	for i := f.Offset / t.info.PieceLength; i*t.info.PieceLength < f.End(); i++ {
		if w.peer.has.has(int(i)) {
			w.peer.has.clear(int(i))
			w.peer.hasCount--
		}
	}
}

// useful reports whether the server has anything that is missing. The lock is held.
func (w *webSeed) useful() bool {
	for i, x := range w.peer.has {
		if x&w.t.want[i]&^w.t.verified[i] != 0 {
			return true
		}
	}
	return false
}

// letGo lets others have the pieces that only this one was to give, where it gives nothing now. The lock is
// held.
func (w *webSeed) letGo() {
	if !w.peer.gone && !w.peer.snubbed {
		return
	}
	for _, part := range w.t.open {
		if part.only == w.peer {
			part.only = nil
		}
	}
}

// drop ends the web seed after wrong data; false means that it was gone already. The lock is held.
func (w *webSeed) drop(why error) bool {
	if w.peer.gone {
		return false
	}
	w.peer.gone = true
	w.fault = why
	w.letGo()
	if w.run != nil {
		w.stop(why)
	}
	w.nudge()
	return true
}

// leave takes it out.
func (w *webSeed) leave() {
	t := w.t
	w.server.Close()
	t.mu.Lock()
	defer t.mu.Unlock()
	w.peer.gone = true
	w.letGo()
	t.webSeeds = slices.DeleteFunc(t.webSeeds, func(o *webSeed) bool { return o == w })
	if w.fault != nil {
		t.webFault = fmt.Errorf("%s: %w", w.server, w.fault)
	}
	if t.ctx.Err() == nil && t.picker.left > 0 {
		t.useSpareSeeds()
	}
}

// nudge lets it look for work.
func (w *webSeed) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// nudgeWebSeeds lets all of them look for work. The lock is held.
func (t *Torrent) nudgeWebSeeds() {
	for _, w := range t.webSeeds {
		w.nudge()
	}
}
