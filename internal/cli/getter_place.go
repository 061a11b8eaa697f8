package cli

import (
	"context"
	"path/filepath"

	"github.com/shoal-project/shoal/internal/session"
	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// place is where content goes: a folder as the user would write it, and a name if it is not to have
// the torrent's own.
type place struct{ dir, name string }

// place decides what --output means for a source: a folder if there is one of that name, if it ends in
// a slash, if there are several sources or if the torrent has several files; otherwise a file. For a
// magnet link where that hangs on the number of files, the metadata is fetched first, and in becomes
// the torrent.
func (g *getter) place(ctx context.Context, t *transfer, in *loaded) (place, error) {
	folder := place{dir: g.o.output}
	if len(g.all) > 1 || isFolder(g.env, g.o.output) {
		return folder, nil
	}
	if in.meta == nil {
		m, err := g.metadata(ctx, t, in)
		if err != nil {
			return place{}, err
		}
		in.meta = m
	}
	if !in.meta.Info.SingleFile() {
		return folder, wantFolder(g.env, g.o.output)
	}
	return place{dir: filepath.Dir(g.o.output), name: filepath.Base(g.o.output)}, nil
}

// metadata fetches the metadata of a magnet link and nothing else. The peers that were there are noted
// in the link, so that they need not be looked for again.
func (g *getter) metadata(ctx context.Context, t *transfer, in *loaded) (*metainfo.Metainfo, error) {
	o := g.options(*in, place{dir: g.o.output})
	o.MetadataOnly, o.Keep = true, false
	attached := make(chan *session.Torrent, 1)
	var peers []string
	o.OnEvent = func(e session.Event) {
		if e.Kind != session.Metadata {
			return
		}
		for _, p := range (<-attached).Peers() {
			if !p.Incoming {
				peers = append(peers, p.Addr.String())
			}
		}
	}
	s, err := g.engine.open()
	if err != nil {
		return nil, err
	}
	torrent, err := s.Add(o)
	if err != nil {
		return nil, err
	}
	t.attach(torrent, g.o.output, "")
	attached <- torrent
	if err := wait(ctx, t, torrent); err != nil {
		return nil, err
	}
	in.magnet.Peers = append(in.magnet.Peers, peers...)
	return torrent.Metainfo(), nil
}

// options are what the session is told of a source.
func (g *getter) options(in loaded, where place) session.AddOptions {
	o := session.AddOptions{
		Metainfo: in.meta, Dir: g.env.path(where.dir), Name: where.name,
		Overwrite: g.o.overwrite, Check: g.o.check, Keep: g.o.stays(), Sequential: g.o.sequential,
		Peers: g.o.peers, Trackers: trackerTiers(g.o.trackers), WebSeeds: g.o.webSeeds,
	}
	var wanted []metainfo.Range
	if in.magnet != nil {
		wanted = in.magnet.Select
		if in.meta == nil {
			o.Magnet = in.magnet
		} else {
			o.Peers = append(in.magnet.Peers, o.Peers...)
		}
	}
	switch {
	case g.o.selection != nil:
		o.Select = g.o.selection.pick
	case len(wanted) > 0:
		o.Select = func(info *metainfo.Info) ([]bool, error) { return pickRanges(info, wanted) }
	}
	return o
}

// listOne prints the files of a source, of a magnet link once its metadata is there.
func (g *getter) listOne(ctx context.Context, t *transfer, in loaded) error {
	m := in.meta
	if m == nil {
		var err error
		if m, err = g.metadata(ctx, t, &in); err != nil {
			return err
		}
	}
	var picked []bool
	if choose := g.options(in, place{}).Select; choose != nil {
		var err error
		if picked, err = choose(m.Info); err != nil {
			return err
		}
	}
	files := listFiles(m.Info, picked)
	t.task.Remove()
	if g.report.events != nil {
		g.report.emit(ui.EventMetadata, listEvent{
			metadataEvent(session.Stats{InfoHash: m.Info.InfoHash(), Name: m.Info.Name, Info: m.Info}), files,
		})
		return nil
	}
	if len(g.all) > 1 {
		g.term.Info(m.Info.Name + ":")
	}
	return showFiles(g.term, files)
}

// listEvent is the event of --list: the metadata with the files.
type listEvent struct {
	ui.MetadataEvent
	List []listedFile `json:"list"`
}
