package tracker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"time"
)

const (
	maxURL = 2 << 10 // bytes

	// attemptTimeout bounds one announce with all that it takes: lookup, connection, redirects, reply.
	// It is no longer than the minute for which BEP 15 lets a connection id be used.
	attemptTimeout = 60 * time.Second

	defaultInterval = 30 * time.Minute // where the tracker names none
	moreInterval    = 5 * time.Minute  // between early announces, where it names no minimum
	minInterval     = 5 * time.Second
	maxInterval     = 24 * time.Hour

	firstBackoff = 5 * time.Second
	lastBackoff  = 30 * time.Minute
)

// endpoint is one tracker: its URL, what is known of it, and when it may be asked.
type endpoint struct {
	a       *Announcer
	url     *url.URL // nil if it cannot be used
	ways    []way
	secrets []string

	// What follows is guarded by Announcer.mu.
	status    Status
	started   bool // it knows of us
	told      bool // it knows that we are complete
	trackerID string
	interval  time.Duration // of its last good answer
	minimum   time.Duration
	failures  int       // in a row
	retry     time.Time // after a failure: not before
	never     bool      // it asked never to be asked again, or cannot be
}

// newEndpoint reads a tracker's URL; what is wrong with it is left in the status.
func newEndpoint(a *Announcer, raw string, tier int) *endpoint {
	e := &endpoint{a: a, status: Status{URL: Redact(raw), Tier: tier, Seeders: -1, Leechers: -1}}
	u, err := parseURL(raw)
	if err != nil {
		e.never = true
		e.status.Err = fmt.Errorf("read tracker URL: %w", err)
		return e
	}
	e.url = u
	e.secrets = secrets(u)
	if u.Scheme == "udp" {
		for _, family := range []string{"udp4", "udp6"} {
			e.ways = append(e.ways, overUDP(a.cfg.Net, family, u))
		}
		return e
	}
	e.ways = append(e.ways, overHTTP(a.cfg.HTTP, a.cfg.UserAgent, u))
	if a.cfg.HTTP6 != nil {
		e.ways = append(e.ways, overHTTP(a.cfg.HTTP6, a.cfg.UserAgent, u))
	}
	return e
}

// parseURL takes http, https and udp. Its errors do not repeat the URL.
func parseURL(raw string) (*url.URL, error) {
	if len(raw) > maxURL {
		return nil, fmt.Errorf("longer than %d bytes", maxURL)
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("not a URL")
	}
	u.Fragment, u.RawFragment = "", ""
	switch u.Scheme {
	case "http", "https":
	case "udp":
		if u.Port() == "" {
			return nil, errors.New("a udp tracker needs a port")
		}
	default:
		return nil, errors.New("only http, https and udp trackers are supported")
	}
	if u.Hostname() == "" {
		return nil, errors.New("no host")
	}
	return u, nil
}

// announce asks the tracker once and files the outcome, unless ctx ended before there was one. It
// reports whether the tracker answered well.
func (e *endpoint) announce(ctx context.Context) bool {
	req := e.begin()
	limited, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	r, err := e.ask(limited, req)
	e.a.mu.Lock()
	defer e.a.mu.Unlock()
	e.status.Announcing = false
	switch {
	case err == nil:
		e.succeeded(req, r)
	case ctx.Err() != nil: // given up, which says nothing of the tracker
	default:
		e.failed(err)
	}
	return err == nil
}

// begin makes the next announce.
func (e *endpoint) begin() request {
	stats := e.a.cfg.Stats()
	e.a.mu.Lock()
	defer e.a.mu.Unlock()
	e.status.Announcing = true
	req := e.request(stats)
	switch {
	case !e.started:
		req.event = eventStarted
	case e.a.done && !e.told:
		req.event = eventCompleted
	}
	return req
}

// request is an announce without an event. The caller holds mu.
func (e *endpoint) request(stats Stats) request {
	c := &e.a.cfg
	return request{
		infoHash: c.InfoHash, peerID: c.PeerID, port: c.Port, key: e.a.key, want: c.NumWant,
		stats: stats, trackerID: e.trackerID,
	}
}

// succeeded files a good answer. The caller holds mu.
func (e *endpoint) succeeded(req request, r *reply) {
	e.started = true
	// Whoever starts with nothing left does not complete later.
	e.told = e.told || req.event == eventCompleted || req.event == eventStarted && req.stats.Left == 0
	e.failures, e.retry = 0, time.Time{}
	e.interval = clamp(r.interval, defaultInterval)
	e.minimum = clamp(r.minInterval, min(moreInterval, e.interval))
	e.interval = max(e.interval, e.minimum)
	if r.trackerID != "" {
		e.trackerID = r.trackerID
	}
	s := &e.status
	s.Last, s.Err, s.Warning, s.Peers = time.Now(), nil, scrub(r.warning, e.secrets), len(r.peers)
	if r.seeders >= 0 {
		s.Seeders = r.seeders
	}
	if r.leechers >= 0 {
		s.Leechers = r.leechers
	}
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
	pause := min(firstBackoff<<min(e.failures, 20), lastBackoff*3/4)
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
	stats := e.a.cfg.Stats()
	e.a.mu.Lock()
	req := e.request(stats)
	e.a.mu.Unlock()
	req.event, req.want = eventStopped, 0
	_, err := e.ask(ctx, req)
	e.a.log.Debug("said goodbye", "tracker", e.status.URL, "err", err)
}
