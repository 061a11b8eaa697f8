package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"sync"
	"time"

	"github.com/shoal-project/shoal/internal/disk"
	"github.com/shoal-project/shoal/internal/peer"
	"github.com/shoal-project/shoal/internal/swarm"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// Torrent is one torrent of a session.
type Torrent struct {
	s      *Session
	opts   AddOptions
	hash   metainfo.Hash    // v1; zero if there is none, or it is not known
	hashV2 metainfo.Hash256 // v2; likewise
	dir    string
	swarm  *swarm.Torrent
	events *mailbox

	ctx    context.Context
	cancel context.CancelCauseFunc
	done   chan struct{}
	err    error // why it ended; valid after done

	sources sources
	web     webClients

	mu        sync.Mutex
	storage   *disk.Storage
	streaming *stream
	failed    bool
	// Payload of earlier runs.
	beforeUp, beforeDown int64
}

// newTorrent makes a torrent of what Add was given, without starting it.
func (s *Session) newTorrent(o AddOptions) (*Torrent, error) {
	t := &Torrent{s: s, opts: o, events: newMailbox(), done: make(chan struct{})}
	var info *metainfo.Info
	switch {
	case o.Metainfo != nil:
		info = o.Metainfo.Info
		t.hash, t.hashV2 = infohashes(info)
	case o.Magnet != nil && (o.Magnet.HasHash || o.Magnet.HasHashV2):
		t.hash, t.hashV2 = o.Magnet.Hash, o.Magnet.HashV2
	default:
		return nil, errors.New("add torrent: there is no infohash")
	}
	var err error
	if t.dir, err = absolute(o.Dir); err != nil {
		return nil, err
	}
	var layers map[metainfo.Hash256][]byte
	if m := cmp.Or(o.Metainfo, t.saved()); m != nil {
		info, layers = m.Info, m.PieceLayers
		t.hash, t.hashV2 = infohashes(info)
	}
	t.ctx, t.cancel = context.WithCancelCause(s.ctx)
	t.swarm = swarm.New(swarm.Config{
		Hash: t.hash, HashV2: t.hashV2, PeerID: s.peerID, Info: info, Layers: layers, Client: "shoal/" + s.cfg.ClientVersion,
		Port: s.Port(), DHTPort: s.dhtPort(info), Memory: s.memory, Open: t.open, Dial: t.dial,
		Up: []peer.Limiter{s.up}, Down: []peer.Limiter{s.down}, MaxPeers: s.cfg.MaxPeers,
		MetadataOnly: o.MetadataOnly, SeedOnly: o.SeedOnly, Keep: o.Keep, SuperSeed: o.SuperSeed,
		Sequential: o.Sequential || o.Stream != nil, Fleeting: o.Stream != nil,
		NoPEX: s.cfg.NoPEX, Punch: t.puncher(), External: s.externalLike, OnSeen: s.onSeen,
		OnEvent: t.onEvent, OnDHTNode: s.addDHTNode, WebSeeds: t.webSeeds, Log: s.log.With("torrent", t.short().String()[:8]),
	})
	return t, nil
}

// infohashes are the names of a torrent: of v1, v2, or both.
func infohashes(info *metainfo.Info) (v1 metainfo.Hash, v2 metainfo.Hash256) {
	if info.HasV1() {
		v1 = info.InfoHash()
	}
	v2, _ = info.InfoHashV2()
	return v1, v2
}

// short is the infohash by which the torrent goes here: of v1, or the beginning of v2.
func (t *Torrent) short() metainfo.Hash {
	if t.hash.IsZero() {
		return t.hashV2.Short()
	}
	return t.hash
}

// names are the infohashes that trackers, the DHT and peers know the torrent by.
func (t *Torrent) names() (all []metainfo.Hash) {
	n := t.swarm.Names()
	if !n.V1.IsZero() {
		all = append(all, n.V1)
	}
	if !n.V2.IsZero() {
		all = append(all, n.V2.Short())
	}
	return all
}

// saved finds the metadata that an earlier run of the same download got from its peers.
func (t *Torrent) saved() *metainfo.Metainfo {
	if t.s.cfg.StateDir == "" || t.opts.Check || t.opts.Metainfo != nil {
		return nil
	}
	return disk.FindTorrent(t.s.cfg.StateDir, t.short(), "")
}

// dhtPort is the port of our DHT node, 0 where this torrent is to have none to do with it (BEP 27).
func (s *Session) dhtPort(info *metainfo.Info) uint16 {
	if s.dht == nil || info != nil && info.Private {
		return 0
	}
	return s.Port()
}

func (s *Session) addDHTNode(a netip.AddrPort) {
	if s.dht != nil {
		s.dht.Add(a)
	}
}

// open makes the storage when the metadata is known.
func (t *Torrent) open(ctx context.Context, info *metainfo.Info, layers map[metainfo.Hash256][]byte) (swarm.Storage, error) {
	if t.opts.Stream != nil {
		return t.openStream(info, layers)
	}
	if t.opts.Place != nil {
		dir, name := t.opts.Place(info)
		abs, err := absolute(dir)
		if err != nil {
			return nil, err
		}
		t.mu.Lock()
		t.dir, t.opts.Name = abs, name
		t.mu.Unlock()
	}
	o := disk.Options{
		Dir: t.dir, Name: t.opts.Name, Overwrite: t.opts.Overwrite, ReadOnly: t.opts.SeedOnly,
		MinFree: t.opts.MinFree, Recheck: t.opts.Check, Trusted: t.opts.Trusted, StateDir: t.s.cfg.StateDir, Layers: layers,
		OnFile:  func(i int) { t.events.put(Event{Kind: FileDone, File: i}); t.swarm.FileNamed() },
		OnError: t.swarm.Fail,
	}
	if t.opts.Select != nil {
		var err error
		if o.Select, err = t.opts.Select(info); err != nil {
			return nil, err
		}
	}
	if o.StateDir != "" && t.opts.Metainfo == nil && !t.opts.SeedOnly {
		m := t.Metainfo()
		m.PieceLayers = layers
		if err := disk.SaveTorrent(o.StateDir, m, t.target(info)); err != nil {
			t.s.log.Warn("metadata not kept for a later run", "reason", err)
		}
	}
	s, err := t.s.pool.Open(ctx, info, o)
	if err != nil {
		return nil, err
	}
	up, down := s.Totals()
	t.mu.Lock()
	t.storage, t.beforeUp, t.beforeDown = s, up, down
	t.mu.Unlock()
	return &counted{s, t}, nil
}

// counted is a storage that keeps the payload of all runs with its state.
type counted struct {
	*disk.Storage
	t *Torrent
}

func (c *counted) count() {
	s := c.t.Stats()
	c.SetTotals(s.AllUploaded, s.AllDownloaded)
}

// Checkpoint saves the totals too.
func (c *counted) Checkpoint(ctx context.Context) error {
	c.count()
	return c.Storage.Checkpoint(ctx)
}

// Close saves the totals too.
func (c *counted) Close(ctx context.Context) error {
	c.count()
	return c.Storage.Close(ctx)
}

// target is where the content lies.
func (t *Torrent) target(info *metainfo.Info) string {
	return filepath.Join(t.dir, cmp.Or(t.opts.Name, info.Name))
}

// onEvent passes the swarm's events on, and acts on them.
func (t *Torrent) onEvent(e swarm.Event) {
	switch e.Kind {
	case swarm.Metadata:
		t.events.put(Event{Kind: Metadata})
		if info := t.swarm.Info(); info.Private {
			t.sources.stopPublic()
		}
		t.s.rename(t)
	case swarm.Checking:
		t.events.put(Event{Kind: Checking})
	case swarm.Checked:
		t.events.put(Event{Kind: Checked})
		t.sources.start(t)
	case swarm.Downloaded:
		t.sources.completed()
	case swarm.Complete:
		t.events.put(Event{Kind: Complete})
		if t.opts.Keep {
			t.events.put(Event{Kind: Seeding})
		}
	case swarm.Warning:
		t.events.put(Event{Kind: Warning, Err: e.Err})
	}
}

// goodbye is how long the end of a torrent may take after it was told to stop: trackers hear of it, the
// last checkpoint is made.
const goodbye = 2500 * time.Millisecond

// run does all the work of the torrent.
func (t *Torrent) run() {
	defer t.cancel(nil)
	go t.events.run(t.opts.OnEvent)
	if t.swarm.Info() == nil {
		t.sources.start(t)
	}
	err := t.swarm.Run(t.ctx, t.finish)
	t.cancel(errEnded)
	t.web.close()
	t.sources.stop(goodbye)
	t.err = err
	if err != nil && !errors.Is(err, ErrClosed) && !errors.Is(err, errRemoved) {
		t.mu.Lock()
		t.failed = true
		t.mu.Unlock()
		t.events.put(Event{Kind: Failed, Err: err})
	}
	t.events.close()
}

var (
	errEnded   = errors.New("the torrent has ended")
	errRemoved = errors.New("the torrent was removed")
)

// finish gives the time that closing the files may take. While it runs, the goodbyes go out.
func (t *Torrent) finish() (context.Context, context.CancelFunc) {
	t.sources.farewell(goodbye)
	return context.WithTimeout(context.Background(), goodbye)
}

// stop begins the end of the torrent.
func (t *Torrent) stop(why error) { t.cancel(why) }

// Remove ends the torrent, with a goodbye and a final checkpoint, and waits for it.
func (t *Torrent) Remove(ctx context.Context) error {
	t.stop(errRemoved)
	select {
	case <-t.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("remove torrent: %w", context.Cause(ctx))
	}
}

// Done is closed when the work on the torrent has ended and its last event was delivered.
func (t *Torrent) Done() <-chan struct{} { return t.done }

// Err is why it ended, once Done is closed: nil when it is complete.
func (t *Torrent) Err() error {
	select {
	case <-t.done:
		return t.err
	default:
		return nil
	}
}

// AddPeers takes addresses of peers in.
func (t *Torrent) AddPeers(addrs ...netip.AddrPort) { t.swarm.AddPeers("user", addrs...) }

// Path is where a file is or will be.
func (t *Torrent) Path(file int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.storage == nil {
		return ""
	}
	return t.storage.Path(file)
}

// Metainfo is the torrent as a .torrent file would hold it, nil until the metadata is known.
func (t *Torrent) Metainfo() *metainfo.Metainfo {
	if t.opts.Metainfo != nil {
		return t.opts.Metainfo
	}
	info := t.swarm.Info()
	if info == nil {
		return nil
	}
	m := &metainfo.Metainfo{Info: info}
	if t.opts.Magnet != nil {
		for _, u := range t.opts.Magnet.Trackers {
			m.Trackers = append(m.Trackers, []string{u})
		}
		m.WebSeeds = t.opts.Magnet.WebSeeds
	}
	return m
}
