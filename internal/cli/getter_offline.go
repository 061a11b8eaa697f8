package cli

import (
	"context"
	"os"
	"path/filepath"

	"github.com/shoal-project/shoal/internal/config"
	"github.com/shoal-project/shoal/internal/disk"
	"github.com/shoal-project/shoal/internal/session"
	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// What looks complete is looked at by a session of its own, which has no peers, no trackers and no DHT: a
// command that is repeated after it has succeeded ends without a byte from or to the network.

// newOffline makes the engine of that session.
func newOffline(env Env, term *ui.IO, verbose bool) *engine {
	c := session.Config{
		Bind: "127.0.0.1", NoDHT: true, NoLSD: true, NoPEX: true, NoTrackers: true, NoPortMap: true, NoUTP: true,
		ClientVersion: Version, Log: term.Logger(verbose),
	}
	if dir, err := config.StateDir(env.LookupEnv); err == nil {
		c.StateDir = dir
	}
	return &engine{config: c, block: &blocklist{}}
}

// already finds out whether everything that is wanted of a source is there. It is not asked for what goes
// on as a seed, or nowhere. There is no torrent where something is missing, or nobody knows.
func (g *getter) already(ctx context.Context, t *transfer, in loaded) (*session.Torrent, error) {
	m := in.meta
	if m == nil {
		m = g.remembered(in)
	}
	if m == nil || t.serves || t.order.o.streams() {
		return nil, nil
	}
	o := g.options(t, in)
	if !looksComplete(m.Info, &o) {
		return nil, nil
	}
	bare := *m
	bare.Trackers, bare.WebSeeds, bare.Nodes = nil, nil, nil
	o.Metainfo, o.Magnet = &bare, nil
	o.Peers, o.Trackers, o.WebSeeds = nil, nil, nil
	torrent, err := g.enter(ctx, t, in, g.offline, o)
	if torrent == nil {
		return nil, err
	}
	select {
	case <-t.done:
		return torrent, nil
	case <-t.checked:
		if st := torrent.Stats(); st.Verified < st.Total {
			return nil, torrent.Remove(ctx)
		}
	case <-torrent.Done():
	case <-ctx.Done():
	}
	return torrent, g.wait(ctx, t, torrent)
}

// remembered is the metadata of a link that an earlier run has got.
func (g *getter) remembered(in loaded) *metainfo.Metainfo {
	for _, hash := range in.hashes() {
		if m := disk.FindTorrent(g.offline.config.StateDir, hash, ""); m != nil {
			return m
		}
	}
	return nil
}

// looksComplete says whether every file that is wanted is there, with its size.
func looksComplete(info *metainfo.Info, o *session.AddOptions) bool {
	dir, name := o.Dir, o.Name
	if o.Place != nil {
		dir, name = o.Place(info)
	}
	wanted, err := o.Select(info)
	if err != nil {
		return false
	}
	if name == "" {
		name = info.Name
	}
	target := filepath.Join(dir, name)
	for i := range info.Files {
		f := &info.Files[i]
		if f.Pad || f.Target != nil || wanted != nil && !wanted[i] {
			continue
		}
		path := target
		if !info.SingleFile() {
			path = filepath.Join(append([]string{target}, f.Path...)...)
		}
		if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() || st.Size() != f.Length {
			return false
		}
	}
	return true
}
