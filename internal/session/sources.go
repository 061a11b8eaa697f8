package session

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shoal-project/shoal/internal/dht"
	"github.com/shoal-project/shoal/internal/tracker"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// sources are where the peers of one torrent come from: its trackers, the DHT, the local network, and
// what was given.
type sources struct {
	mu         sync.Mutex
	started    bool
	stopped    bool
	announcers []*tracker.Announcer
	byDHT      atomic.Int64                   // addresses that the DHT gave
	inDHT      atomic.Pointer[tracker.Counts] // peers that it counts
	ctx        context.Context                // of all search
	all        context.CancelFunc             // ends it
	publicCtx  context.Context                // of the part of the DHT and of the local network
	public     context.CancelFunc             // ends that
	work       sync.WaitGroup
	bye        sync.Once
	byes       sync.WaitGroup
}

// start begins to look for peers; later calls do nothing.
func (c *sources) start(t *Torrent) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.started || c.stopped {
		return
	}
	c.started = true
	c.ctx, c.all = context.WithCancel(t.ctx)
	c.publicCtx, c.public = context.WithCancel(c.ctx)
	t.s.parseAddrs(c.ctx, t.givenPeers(), t.AddPeers)
	if t.s.dht != nil {
		for _, n := range t.givenNodes() {
			if a, err := netip.ParseAddrPort(n); err == nil {
				t.s.dht.Add(a)
			}
		}
	}
	c.search(t, t.names())
}

// also looks for peers under more infohashes, if the search has begun; where it has not, start knows them.
func (c *sources) also(t *Torrent, names []metainfo.Hash) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.started && !c.stopped {
		c.search(t, names)
	}
}

// search looks for peers under each of the infohashes, and announces the torrent under them. The lock is held.
func (c *sources) search(t *Torrent, names []metainfo.Hash) {
	info := t.swarm.Info()
	for _, h := range names {
		if !t.s.cfg.NoTrackers {
			own, users := t.trackers()
			c.announce(c.ctx, t, h, own, false)
			c.announce(c.ctx, t, h, users, true)
		}
		if info == nil || !info.Private {
			c.searchDHT(c.publicCtx, t, h)
			c.searchNearby(c.publicCtx, t, h)
		}
	}
}

// searchDHT looks for peers in the DHT and announces the torrent there.
func (c *sources) searchDHT(ctx context.Context, t *Torrent, h metainfo.Hash) {
	if t.s.dht == nil {
		return
	}
	c.work.Go(func() { c.countInDHT(ctx, t, h) })
	c.work.Go(func() {
		err := t.s.dht.Run(ctx, dht.Search{
			Infohash: h, Port: t.s.outerPort, Seed: t.complete,
			Found: func(a []netip.AddrPort) {
				c.byDHT.Add(int64(len(a)))
				t.swarm.AddPeers("dht", a...)
			},
		})
		if err != nil && ctx.Err() == nil {
			t.s.log.Debug("DHT search ended", "reason", err)
		}
	})
}

// searchNearby looks for peers in the local network and announces the torrent there (BEP 14).
func (c *sources) searchNearby(ctx context.Context, t *Torrent, h metainfo.Hash) {
	if t.s.lsd == nil {
		return
	}
	c.work.Go(func() {
		err := t.s.lsd.Run(ctx, h, t.s.Port(), func(a []netip.AddrPort) { t.swarm.AddPeers("lsd", a...) })
		if err != nil && ctx.Err() == nil {
			t.s.log.Debug("local search ended", "reason", err)
		}
	})
}

// stopPublic ends what a private torrent may not use (BEP 27).
func (c *sources) stopPublic() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.public != nil {
		c.public()
	}
}

// completed tells the trackers that the download is.
func (c *sources) completed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.announcers {
		a.Completed()
	}
}

// farewell begins to say goodbye to the trackers.
func (c *sources) farewell(limit time.Duration) {
	c.bye.Do(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.stopped = true
		if c.all != nil {
			c.all()
		}
		for _, a := range c.announcers {
			c.byes.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), limit)
				defer cancel()
				a.Stop(ctx)
			})
		}
	})
}

// stop ends all search and waits for the goodbyes.
func (c *sources) stop(limit time.Duration) {
	c.farewell(limit)
	c.work.Wait()
	c.byes.Wait()
}

// status is the state of every tracker.
func (c *sources) status() []tracker.Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []tracker.Status
	for _, a := range c.announcers {
		all = append(all, a.Status()...)
	}
	return all
}

// givenPeers are the addresses that came with the torrent.
func (t *Torrent) givenPeers() []string {
	if t.opts.Magnet != nil {
		return append(append([]string(nil), t.opts.Peers...), t.opts.Magnet.Peers...)
	}
	return t.opts.Peers
}

func (t *Torrent) givenNodes() []string {
	if t.opts.Metainfo != nil {
		return append(append([]string(nil), t.opts.Nodes...), t.opts.Metainfo.Nodes...)
	}
	return t.opts.Nodes
}
