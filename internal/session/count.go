package session

import (
	"context"
	"time"

	"github.com/shoal-project/shoal/internal/tracker"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// When the DHT is asked how large a swarm is that no tracker counts.
const (
	firstCount = time.Minute
	nextCount  = 20 * time.Minute
)

// countInDHT asks the DHT now and again how many seeds and leechers there are, where no tracker tells (BEP 33).
func (c *sources) countInDHT(ctx context.Context, t *Torrent, h metainfo.Hash) {
	timer := time.NewTimer(firstCount)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		timer.Reset(nextCount)
		if seeds, _ := counts(c.status()); seeds >= 0 {
			continue
		}
		if seeds, leechers, err := t.s.dht.Scrape(ctx, h); err == nil {
			c.inDHT.Store(&tracker.Counts{Seeders: seeds, Leechers: leechers})
		}
	}
}

// counts are the greatest numbers of seeds and leechers that a tracker has told, or else the DHT; -1 where nobody has.
func (c *sources) counts() (seeds, leechers int) {
	seeds, leechers = counts(c.status())
	if n := c.inDHT.Load(); n != nil && seeds < 0 && leechers < 0 {
		return n.Seeders, n.Leechers
	}
	return seeds, leechers
}

// counts are the greatest numbers of seeds and leechers that a tracker has told; -1 where none has.
func counts(all []tracker.Status) (seeds, leechers int) {
	seeds, leechers = -1, -1
	for _, s := range all {
		seeds, leechers = max(seeds, s.Seeders), max(leechers, s.Leechers)
	}
	return seeds, leechers
}
