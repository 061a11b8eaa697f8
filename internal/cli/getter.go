package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/shoal-project/shoal/internal/disk"
	"github.com/shoal-project/shoal/internal/session"
	"github.com/shoal-project/shoal/internal/ui"
)

// getter is one run of get.
type getter struct {
	env    Env
	o      *getOptions
	term   *ui.IO
	engine *engine
	web    fetcher
	all    []*transfer
	report *report
	slots  chan struct{} // a token for each download under way
}

func newGetter(env Env, o *getOptions, term *ui.IO, sources []source) *getter {
	g := &getter{
		env: env, o: o, term: term,
		engine: newEngine(env, &o.network, term, o.term.verbose),
		web:    o.network.fetcher(),
		slots:  make(chan struct{}, o.jobs),
	}
	g.web.limit = o.limit
	for _, s := range sources {
		t := newTransfer(s)
		t.serves = o.stays()
		g.all = append(g.all, t)
	}
	return g
}

// run fetches every source, so many at once, and tells of each what became of it.
func (g *getter) run(ctx context.Context) error {
	if err := g.engine.prepare(ctx); err != nil {
		return err
	}
	g.report = newReport("get", g.term, &g.o.term, len(g.all))
	limited := ctx // only downloading has a time limit, not serving
	if g.o.timeout > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeoutCause(ctx, time.Duration(g.o.timeout), errTimeout)
		defer cancel()
	}
	var work sync.WaitGroup
	for _, t := range g.all {
		select {
		case g.slots <- struct{}{}:
		case <-limited.Done():
			g.report.ended(t, context.Cause(limited))
			continue
		}
		work.Go(func() {
			release := sync.OnceFunc(func() { <-g.slots })
			defer release()
			g.one(ctx, limited, t, release)
		})
	}
	work.Wait()
	g.engine.close()
	err := g.report.close(g.all)
	if interrupted(ctx) {
		g.tellResume()
	}
	return err
}

// one takes a source from its argument to its result. release lets the next download begin while this
// one is served.
func (g *getter) one(ctx, limited context.Context, t *transfer, release func()) {
	g.report.began(t)
	err := g.fetch(limited, t)
	if err == nil && t.torrent != nil && g.o.stays() && !g.o.list {
		release()
		err = g.serve(ctx, t)
	}
	g.report.ended(t, err)
}

// fetch downloads what a source names and returns once all that was wanted is there.
func (g *getter) fetch(ctx context.Context, t *transfer) error {
	in, err := t.source.load(ctx, g.env, g.web)
	if err != nil {
		return causeOf(ctx, err)
	}
	if g.o.list {
		return g.listOne(ctx, t, in)
	}
	where, err := g.place(ctx, t, &in)
	if err != nil {
		return err
	}
	torrent, err := g.add(t, g.options(in, where), where)
	if errors.Is(err, session.ErrDuplicate) {
		g.report.warn(t, "the same torrent as another source")
		return nil
	}
	if err != nil {
		return err
	}
	if err := wait(ctx, t, torrent); err != nil {
		return err
	}
	return g.o.save.save(g.env, where.dir, torrent.Metainfo())
}

// wait returns when everything that was wanted is there, or the torrent has failed or may take no
// longer.
func wait(ctx context.Context, t *transfer, torrent *session.Torrent) error {
	select {
	case <-t.done:
		return nil
	case <-torrent.Done():
		return advised(torrent.Err())
	case <-ctx.Done():
	}
	if t.isComplete() { // at the same time
		<-t.done
		return nil
	}
	return gaveUp(context.Cause(ctx), torrent.Stats())
}

// advised adds to a fault of the storage what the user can do.
func advised(err error) error {
	var fault *disk.Error
	if !errors.As(err, &fault) {
		return err
	}
	switch fault.Kind {
	case disk.InTheWay:
		return hinted(err, "--overwrite replaces it, --output chooses another place")
	case disk.Full:
		return hinted(err, "make room and run the same command again: it goes on where it was")
	}
	return err
}

// gaveUp says why a download ended before it was complete, with what stood in its way as the hint.
func gaveUp(cause error, st session.Stats) error {
	if !errors.Is(cause, errTimeout) {
		return cause
	}
	err := cause
	if st.State == session.StateMetadata {
		err = session.ErrNoMetadata
	} else if st.Total > 0 {
		err = fmt.Errorf("%w: %s of %s", cause, ui.Bytes(st.Verified), ui.Bytes(st.Total))
	}
	if st.Note != "" {
		return hinted(err, st.Note)
	}
	return err
}

// add hands a torrent to the session.
func (g *getter) add(t *transfer, o session.AddOptions, where place) (*session.Torrent, error) {
	s, err := g.engine.open()
	if err != nil {
		return nil, err
	}
	attached := make(chan struct{})
	o.OnEvent = func(e session.Event) {
		<-attached
		g.onEvent(t, e)
	}
	torrent, err := s.Add(o)
	if err != nil {
		return nil, err
	}
	t.attach(torrent, where.dir, where.name)
	g.report.added(t)
	close(attached)
	return torrent, nil
}

// onEvent is told of everything that happens to a torrent.
func (g *getter) onEvent(t *transfer, e session.Event) {
	switch e.Kind {
	case session.Complete:
		t.completed(func() { g.report.complete(t, g.o.stays()) })
	case session.Failed: // the error comes back from the transfer
	default:
		g.report.event(t, e)
	}
}

// serve seeds a complete torrent for as long as the flags say.
func (g *getter) serve(ctx context.Context, t *transfer) error {
	s, err := g.engine.open()
	if err != nil {
		return err
	}
	magnet := ""
	if m := t.torrent.Metainfo(); m != nil {
		magnet = m.Magnet().String()
	}
	g.report.seeding(t, magnet, s.Port())
	g.o.policy.serve(ctx, t.torrent)
	return remove(ctx, t.torrent)
}

// remove ends the work on a torrent, with its goodbyes, and returns why it had failed before, if it
// had. In a run that is over as a whole the goodbyes are left to the session's end, which says all of
// them at once and within the time that there is.
func remove(ctx context.Context, t *session.Torrent) error {
	if ctx.Err() == nil {
		ctx, cancel := context.WithTimeout(ctx, graceful)
		defer cancel()
		_ = t.Remove(ctx) // what hangs is left to the session's end, too
	}
	if t.Stats().State == session.StateFailed {
		return advised(t.Err())
	}
	return nil
}

// tellResume says how an interrupted run goes on.
func (g *getter) tellResume() {
	for _, t := range g.all {
		if errors.Is(t.err, ErrInterrupted) {
			g.term.Info("interrupted; resume with: shoal " + quoteArgs(g.env.Args))
			return
		}
	}
}
