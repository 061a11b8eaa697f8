package tracker

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

const (
	// attemptTimeout bounds one announce with all that it takes: lookup, connection, redirects, reply.
	// It is no longer than the minute for which BEP 15 lets a connection id be used.
	attemptTimeout = 60 * time.Second

	defaultInterval = 30 * time.Minute // where the tracker names none
	moreInterval    = 5 * time.Minute  // between early announces, where it names no minimum
	minInterval     = 30 * time.Second
	maxInterval     = 24 * time.Hour

	firstBackoff   = 5 * time.Second
	lastBackoff    = 30 * time.Minute
	offlineBackoff = 2 * time.Minute // the last one where nothing left this machine
)

// endpoint is one tracker: its URL, what is known of it, and when it may be asked.
type endpoint struct {
	a       *Announcer
	*target // nil if it cannot be used

	// What follows is guarded by Announcer.mu.
	status    Status
	started   bool // it knows of us
	completed bool // it was told "completed", or knew us complete from the start
	knowsDone bool // it was told when all that was wanted was there
	knowsPort uint16
	trackerID string
	interval  time.Duration // of its last good answer
	minimum   time.Duration
	failures  int       // in a row
	retry     time.Time // after a failure: not before
	never     bool      // it asked never to be asked again, or cannot be
	silent    bool      // its answers to announces leave counts out
	scraped   time.Time // when it was asked for counts last
	rescrape  time.Time // not to be asked for them before
}

// newEndpoint reads a tracker's URL; what is wrong with it is left in the status.
func newEndpoint(a *Announcer, raw string, tier int) *endpoint {
	e := &endpoint{a: a, status: Status{URL: Redact(raw), Tier: tier, Counts: unknown}}
	e.target, e.status.Err = newTarget(&a.cfg, raw)
	e.never = e.target == nil
	return e
}

// announce asks the tracker once and files the outcome, unless ctx ended before there was one. It
// reports whether the tracker answered well.
func (e *endpoint) announce(ctx context.Context) bool {
	var req request
	var merged *reply
	err := e.attempt(ctx, func(ctx context.Context) error {
		req = e.begin()
		return ask(ctx, e.target, func(ctx context.Context, w way) (*reply, error) {
			return w.announce(ctx, req)
		}, func(r *reply) {
			e.handOn(r)
			merged = merged.with(r)
		})
	})
	e.a.mu.Lock()
	defer e.a.mu.Unlock()
	e.status.Announcing = false
	switch {
	case err == nil:
		e.succeeded(req, merged)
	case ctx.Err() != nil: // given up, which says nothing of the tracker
	default:
		e.failed(err)
	}
	return err == nil
}

// attempt asks the tracker something, when the gate lets it through, within the time of one attempt.
func (e *endpoint) attempt(ctx context.Context, what func(context.Context) error) error {
	leave, err := e.a.cfg.Gate.enter(ctx, e.url.Host)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	err = what(limited)
	leave(found(ctx, err))
	return err
}

// found is what an attempt says of the tracker's host.
func found(ctx context.Context, err error) verdict {
	_, refused := errors.AsType[*Failure](err)
	switch {
	case err == nil || refused:
		return verdictAlive
	case ctx.Err() != nil:
		return verdictNone
	}
	return verdictDead
}

// begin makes the next announce.
func (e *endpoint) begin() request {
	stats := e.a.cfg.Stats()
	e.a.mu.Lock()
	defer e.a.mu.Unlock()
	req := e.request(stats)
	switch {
	case !e.started:
		req.event = eventStarted
	case e.a.done && !e.completed && stats.Left == 0:
		req.event = eventCompleted
	case stats.Partial:
		req.event = eventPaused
	}
	return req
}

// request is an announce without an event. The caller holds mu.
func (e *endpoint) request(stats Stats) request {
	c := &e.a.cfg
	return request{
		infoHash: c.InfoHash, peerID: c.PeerID, port: e.a.port, key: e.a.key, want: c.NumWant, crypto: c.Crypto,
		stats: stats, trackerID: e.trackerID, done: e.a.done,
	}
}

// handOn gives the caller what an answer brought.
func (e *endpoint) handOn(r *reply) {
	if len(r.peers) > 0 && e.a.cfg.Found != nil {
		e.a.cfg.Found(r.peers)
	}
	if r.external.IsValid() && e.a.cfg.External != nil {
		e.a.cfg.External(r.external)
	}
}

// succeeded files a good answer. The caller holds mu.
func (e *endpoint) succeeded(req request, r *reply) {
	e.started = true
	e.knowsDone, e.knowsPort = req.done, req.port
	// Whoever starts with nothing left does not complete later.
	e.completed = e.completed || req.event == eventCompleted || req.event == eventStarted && req.stats.Left == 0
	e.failures, e.retry = 0, time.Time{}
	e.interval = clamp(r.interval, defaultInterval)
	e.minimum = clamp(r.minInterval, min(moreInterval, e.interval))
	e.interval = max(e.interval, e.minimum)
	if r.trackerID != "" {
		e.trackerID = r.trackerID
	}
	s := &e.status
	s.Last, s.Err, s.Warning, s.Peers = time.Now(), nil, e.text(r.warning), len(r.peers)
	s.count(r.Counts)
	e.silent = r.Seeders < 0 || r.Leechers < 0
	e.a.log.Debug("announced", "tracker", s.URL, "event", req.event.String(), "peers", len(r.peers), "next", e.interval)
}

// clamp bounds an interval that a tracker named; one that it did not name becomes otherwise.
func clamp(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return min(max(d, minInterval), maxInterval)
}

// failed files an error and says when to try again: when the tracker said so (BEP 31), or from 5 s up
// to 30 min, with some chance in it so that a tracker which comes back is not asked by all at once.
// The caller holds mu.
func (e *endpoint) failed(err error) {
	e.status.Err = err
	last := lastBackoff
	if offline(err) {
		last = offlineBackoff
	}
	pause := min(firstBackoff<<min(e.failures, 20), last*3/4)
	pause += rand.N(pause / 3)
	e.failures++
	if refusal, ok := errors.AsType[*Failure](err); ok {
		if refusal.retry > 0 {
			pause = max(refusal.retry, firstBackoff)
		}
		e.never = refusal.never
	}
	e.retry = time.Now().Add(pause)
	e.a.log.Debug("announce failed", "tracker", e.status.URL, "err", err, "again", pause, "never", e.never)
}

// leave reports whether the tracker is to be told that we leave, once.
func (e *endpoint) leave() bool {
	e.a.mu.Lock()
	defer e.a.mu.Unlock()
	was := e.started
	e.started = false
	return was
}

// farewell tells the tracker that we leave. Whether it listens is of no consequence.
func (e *endpoint) farewell(ctx context.Context) {
	err := e.attempt(ctx, func(ctx context.Context) error {
		stats := e.a.cfg.Stats()
		e.a.mu.Lock()
		req := e.request(stats)
		e.a.mu.Unlock()
		req.event, req.want = eventStopped, 0
		return ask(ctx, e.target, func(ctx context.Context, w way) (*reply, error) {
			return w.announce(ctx, req)
		}, func(*reply) {})
	})
	e.a.log.Debug("said goodbye", "tracker", e.status.URL, "err", err)
}
