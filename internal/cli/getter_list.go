package cli

import (
	"context"

	"github.com/shoal-project/shoal/internal/session"
	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// listOne prints the files of a source, of a magnet link once its metadata is there.
func (g *getter) listOne(ctx context.Context, t *transfer, in loaded) error {
	m := in.meta
	if m == nil {
		m = g.remembered(in)
	}
	if m == nil {
		var err error
		if m, err = g.metadata(ctx, t, in); err != nil {
			return err
		}
	}
	t.list(m.Info)
	var picked []bool
	if choose := chosen(t, in); choose != nil {
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
	g.listing.Lock()
	defer g.listing.Unlock()
	if len(g.all) > 1 {
		g.term.Info(m.Info.Name + ":")
	}
	return showFiles(g.term, files)
}

// list notes which torrent a source is that is not worked on.
func (t *transfer) list(info *metainfo.Info) {
	t.mu.Lock()
	defer t.mu.Unlock()
	ident := identOf(info)
	t.listed = &ident
}

// metadata fetches the metadata of a magnet link and nothing else.
func (g *getter) metadata(ctx context.Context, t *transfer, in loaded) (*metainfo.Metainfo, error) {
	s, err := t.engine.open()
	if err != nil {
		return nil, err
	}
	torrent, err := s.Add(session.AddOptions{
		Magnet: in.magnet, Dir: t.order.env.path(t.order.o.output), MetadataOnly: true,
		Peers: t.order.o.peers, Trackers: trackerTiers(t.order.o.trackers), WebSeeds: t.order.o.webSeeds,
	})
	if err != nil {
		return nil, err
	}
	t.attach(torrent)
	if err := g.wait(ctx, t, torrent); err != nil {
		return nil, err
	}
	return torrent.Metainfo(), nil
}

// listEvent is the event of --list: the metadata with the files.
type listEvent struct {
	ui.MetadataEvent
	List []listedFile `json:"list"`
}
