package tracker

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

const (
	leastRescrape  = 5 * time.Minute  // between scrapes of one tracker, where it names no longer pause
	ownRescrape    = 30 * time.Minute // the same for those that nobody asked for
	failedRescrape = time.Hour        // after one that failed
)

// Scrape asks one tracker for the counts of torrents, in the order given, without announcing any of them
// (BEP 48, BEP 15). Of cfg it takes HTTP, HTTP6, Net and UserAgent. Each 64 torrents are one request and
// have a minute. The error of a tracker that cannot be asked wraps ErrNoScrape; what a tracker
// itself said is a *Failure. No error has a secret of the URL in it.
func Scrape(ctx context.Context, cfg Config, rawURL string, hashes ...[20]byte) ([]Counts, error) {
	t, err := newTarget(&cfg, rawURL)
	if err != nil {
		return nil, err
	}
	if !t.scrapes() {
		return nil, ErrNoScrape
	}
	all := make([]Counts, 0, len(hashes))
	for some := range slices.Chunk(hashes, maxScrape) {
		limited, cancel := context.WithTimeout(ctx, attemptTimeout)
		c, err := t.scrape(limited, some)
		cancel()
		if err != nil {
			return nil, err
		}
		all = append(all, c.counts...)
	}
	return all, nil
}

// scrape asks over all ways to a tracker.
func (t *target) scrape(ctx context.Context, hashes [][20]byte) (merged *census, err error) {
	err = ask(ctx, t, func(ctx context.Context, w way) (*census, error) {
		return w.scrape(ctx, hashes)
	}, func(c *census) { merged = merged.with(c) })
	return merged, err
}

// Scrape asks all trackers for their counts, which Status then shows, and waits for the answers. One that
// was asked less than five minutes ago, or than it wants, is passed over. The error is one of those that
// came up where no tracker answered and none was passed over. It needs no Run; after Stop it is of no use.
func (a *Announcer) Scrape(ctx context.Context) error {
	var some []*endpoint
	a.mu.Lock()
	fresh := false
	for _, t := range a.tiers {
		for _, e := range t.endpoints {
			switch {
			case e.never || !e.scrapes():
			case time.Now().Before(e.rescrape):
				fresh = true
			default:
				e.willScrape()
				some = append(some, e)
			}
		}
	}
	a.mu.Unlock()
	errs := make([]error, len(some))
	var work sync.WaitGroup
	for i, e := range some {
		work.Go(func() { errs[i] = e.census(ctx) })
	}
	work.Wait()
	switch {
	case fresh || slices.Contains(errs, nil):
		return nil
	case len(some) == 0:
		return ErrNoScrape
	}
	return gravest(errs)
}

// wantsCounts reports whether a tracker that answers announces leaves out the counts, so that it is worth
// asking for them now and then. If so, it has to be asked.
func (e *endpoint) wantsCounts() bool {
	e.a.mu.Lock()
	defer e.a.mu.Unlock()
	now := time.Now()
	if !e.silent || !e.scrapes() || now.Before(e.rescrape) || now.Before(e.scraped.Add(ownRescrape)) {
		return false
	}
	e.willScrape()
	return true
}

// willScrape keeps everybody else from asking meanwhile. The caller holds mu.
func (e *endpoint) willScrape() {
	e.scraped = time.Now()
	e.rescrape = e.scraped.Add(failedRescrape)
}

// census scrapes the tracker for the announcer's torrent and files what it says.
func (e *endpoint) census(ctx context.Context) error {
	var c *census
	err := e.attempt(ctx, func(ctx context.Context) (err error) {
		c, err = e.scrape(ctx, [][20]byte{e.a.cfg.InfoHash})
		return err
	})
	e.a.mu.Lock()
	defer e.a.mu.Unlock()
	now := time.Now()
	if err != nil && ctx.Err() != nil { // given up, which says nothing of the tracker
		e.rescrape = now
		return err
	}
	if err != nil {
		pause := failedRescrape
		if refusal, ok := errors.AsType[*Failure](err); ok {
			pause = max(pause, refusal.retry)
		}
		e.rescrape = now.Add(pause + rand.N(pause/4))
		e.a.log.Debug("scrape failed", "tracker", e.status.URL, "err", err)
		return err
	}
	e.status.count(c.counts[0])
	e.rescrape = now.Add(max(leastRescrape, c.pause))
	e.a.log.Debug("scraped", "tracker", e.status.URL, "seeders", e.status.Seeders, "leechers", e.status.Leechers)
	return nil
}
