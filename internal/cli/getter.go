package cli

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/shoal-project/shoal/internal/session"
	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// getter is one run of get.
type getter struct {
	env     Env
	verb    string
	o       *getOptions
	term    *ui.IO
	engine  engines
	offline *engine // for what looks complete
	known   *recorder
	all     []*transfer
	report  *report
	tell    func(r *report, t *transfer, change, path string) // as report has it
	slots   chan struct{}                                     // a token for each download under way

	listing sync.Mutex // one list of files at a time goes to stdout

	mu    sync.Mutex
	there map[metainfo.Hash]resident // what the session has, by infohash
}

// resident is a transfer that the session works on.
type resident struct {
	*transfer
	torrent *session.Torrent
}

// newGetter prepares the work on orders, for a verb. Of o the run itself takes how it talks, how many
// it does at once, and the time for all of them.
func newGetter(env Env, verb string, o *getOptions, term *ui.IO, orders []order) *getter {
	g := &getter{
		env: env, verb: verb, o: o, term: term,
		known: newRecorder(env, verb, term),
		slots: make(chan struct{}, o.jobs),
		there: map[metainfo.Hash]resident{},
	}
	g.offline = newOffline(env, term, o.term.verbose)
	g.engine.make = func(d *order) *engine {
		if d.network == "" {
			return newEngine(env, &o.network, term, o.term.verbose)
		}
		return newEngine(d.env, &d.o.network, term, o.term.verbose)
	}
	for i := range orders {
		g.all = append(g.all, g.enlist(&orders[i], i+1))
	}
	return g
}

// enlist makes a transfer of an order.
func (g *getter) enlist(d *order, number int) *transfer {
	t := newTransfer(d.source)
	t.order, t.number, t.engine = d, number, g.engine.of(d)
	t.serves = d.stays()
	return t
}

// run fetches every source, so many at once, and tells of each what became of it. What waits for its
// turn costs nothing but its place in the list.
func (g *getter) run(ctx context.Context) error {
	defer g.known.close()
	if err := g.engine.prepare(ctx); err != nil {
		return err
	}
	defer onHangup(g.env, g.term, g.engine.setLimits)()
	g.report = newReport(g.verb, g.term, &g.o.term, len(g.all))
	g.report.tell = g.tell
	g.report.piped = g.o.streams()
	g.report.sums = g.report.sums && !g.o.list
	if err := g.report.watch(ctx, g.o.term.watch); err != nil {
		return err
	}
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
	g.close()
	err := g.report.close(g.all)
	if interrupted(ctx) {
		g.tellResume()
	}
	return err
}

// close ends the sessions.
func (g *getter) close() {
	g.offline.close()
	g.engine.close()
}

// one takes a source from its argument to its result. release lets the next download begin while this
// one is served.
func (g *getter) one(ctx, limited context.Context, t *transfer, release func()) {
	g.report.began(t)
	if t.order.limit > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeoutCause(limited, t.order.limit, errTimeout)
		defer cancel()
	}
	torrent, err := g.fetch(limited, t)
	if !g.o.list {
		g.callHook(ctx, t, torrent, err)
	}
	if err == nil && torrent != nil && t.serves {
		release()
		err = g.serve(ctx, t, torrent)
	}
	if torrent != nil && (err != nil || ctx.Err() != nil) && !interrupted(ctx) { // it was given up, and the session does not know
		_ = remove(context.WithoutCancel(ctx), torrent)
	}
	g.known.ended(ctx, t, err)
	g.report.ended(t, err)
}

// fetch downloads what a source names and returns once all that was wanted is there. There is no
// torrent where there was nothing to do.
func (g *getter) fetch(ctx context.Context, t *transfer) (*session.Torrent, error) {
	if t.order.err != nil {
		return nil, t.order.err
	}
	in, err := t.source.load(ctx, t.order.env, t.order.web())
	if err != nil {
		return nil, causeOf(ctx, err)
	}
	if g.o.list {
		return nil, g.listOne(ctx, t, in)
	}
	if err := g.placeNow(t); err != nil {
		return nil, err
	}
	t.serves = t.serves && !g.known.served(t, in)
	torrent, err := g.already(ctx, t, in)
	if torrent == nil && err == nil {
		torrent, err = g.enter(ctx, t, in, t.engine, g.options(t, in))
		if torrent == nil {
			return nil, err
		}
		err = g.wait(ctx, t, torrent)
	}
	if err != nil {
		return torrent, err
	}
	dir, _ := t.placed()
	return torrent, t.order.o.save.save(t.order.env, dir, torrent.Metainfo())
}

// enter hands a torrent to the session. One that is there already is fetched once if it goes to the same
// place, and one after the other if not. Then, there is no torrent.
func (g *getter) enter(ctx context.Context, t *transfer, in loaded, e *engine, o session.AddOptions) (*session.Torrent, error) {
	for {
		torrent, err := g.add(t, e, o)
		if !errors.Is(err, session.ErrDuplicate) {
			return torrent, err
		}
		other := g.resident(in)
		switch {
		case other.transfer == nil: // it begins or ends this moment
		case other.samePlace(t):
			g.report.warn(t, "the same torrent as another source")
			return nil, nil
		case other.serves:
			return nil, hinted(errServed, "it can be got to a second place when that has ended")
		}
		if err := other.ended(ctx); err != nil {
			return nil, err
		}
	}
}

// errServed is a torrent that another source of the run has got, to another place, and goes on to serve.
var errServed = errors.New("another source is the same torrent, goes to another place and is served from there")

// resident finds the transfer that has the torrent which a source names.
func (g *getter) resident(in loaded) resident {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, hash := range in.hashes() {
		if r, found := g.there[hash]; found {
			return r
		}
	}
	return resident{}
}

// ended waits until the session has let go of a torrent. Of one that is not known it waits a moment.
func (r resident) ended(ctx context.Context) error {
	var over <-chan struct{}
	var moment <-chan time.Time
	if r.torrent != nil {
		over = r.torrent.Done()
	} else {
		moment = time.After(50 * time.Millisecond)
	}
	select {
	case <-over:
	case <-moment:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// add begins to work on a torrent.
func (g *getter) add(t *transfer, e *engine, o session.AddOptions) (*session.Torrent, error) {
	s, err := e.open()
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
	t.attach(torrent)
	g.settle(resident{t, torrent})
	g.known.began(t, torrent)
	if !t.announced {
		t.announced = true
		g.report.added(t)
	}
	close(attached)
	return torrent, nil
}

// settle remembers what the session works on, for as long as it does.
func (g *getter) settle(r resident) {
	hash := r.torrent.Stats().InfoHash
	g.mu.Lock()
	g.there[hash] = r
	g.mu.Unlock()
	go func() {
		<-r.torrent.Done()
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.there[hash].torrent == r.torrent {
			delete(g.there, hash)
		}
	}()
}

// onEvent is told of everything that happens to a torrent.
func (g *getter) onEvent(t *transfer, e session.Event) {
	g.known.event(t, e)
	switch e.Kind {
	case session.Complete:
		t.completed(func() { g.report.complete(t, t.serves) })
	case session.Checked:
		t.lookedAt()
	case session.Failed: // the error comes back from the transfer
	default:
		g.report.event(t, e)
	}
}

// serve seeds a complete torrent for as long as the flags say.
func (g *getter) serve(ctx context.Context, t *transfer, torrent *session.Torrent) error {
	s, err := t.engine.open()
	if err != nil {
		return err
	}
	magnet := ""
	if m := torrent.Metainfo(); m != nil {
		magnet = publicLink(m.Magnet())
	}
	before := g.known.seeding(t) // before it is told, so that whoever was told finds it so
	g.report.seeding(t, magnet, s.Port())
	t.order.policy.serve(ctx, t, torrent, before)
	return remove(ctx, torrent)
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
	if g.o.streams() {
		return // there is nothing to go on with
	}
	for _, t := range g.all {
		if errors.Is(t.err, ErrInterrupted) {
			g.term.Info("interrupted; " + wayToResume(g.env.Args))
			return
		}
	}
}
