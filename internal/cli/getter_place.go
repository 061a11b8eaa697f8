package cli

import (
	"path/filepath"

	"github.com/shoal-project/shoal/internal/session"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// placeNow decides where the content goes as far as that can be said before the metadata is known: below
// the folder that the list names, or below --output.
func (g *getter) placeNow(t *transfer) error {
	dir := t.order.dir
	switch {
	case t.order.o.streams():
		t.place(".", "")
		return nil
	case dir == "":
		dir = t.order.o.output
	}
	if g.placeLater(t) {
		t.place(dir, "")
		return nil
	}
	name := t.order.name
	if name != "" {
		dir, name = filepath.Join(dir, filepath.Dir(name)), filepath.Base(name)
	}
	t.place(dir, name)
	return hintPlace(wantFolder(t.order.env, dir))
}

// placeLater says whether --output may be the name of a file, which hangs on the number of files in the
// torrent: there is one source, and no folder of that name.
func (g *getter) placeLater(t *transfer) bool {
	d := t.order
	return d.alone && !d.o.streams() && d.dir == "" && d.name == "" && !isFolder(d.env, d.o.output)
}

// placeFor decides the rest. A torrent of several files wants a folder.
func (g *getter) placeFor(t *transfer, info *metainfo.Info) error {
	if !info.SingleFile() {
		return hintPlace(wantFolder(t.order.env, t.order.o.output))
	}
	t.place(filepath.Dir(t.order.o.output), filepath.Base(t.order.o.output))
	return nil
}

func hintPlace(err error) error {
	if err == nil {
		return nil
	}
	return hinted(err, "choose another place with --output")
}

// options are what the session is told of a source.
func (g *getter) options(t *transfer, in loaded) session.AddOptions {
	dir, name := t.placed()
	o := session.AddOptions{
		Metainfo: in.meta, Magnet: in.magnet, Dir: t.order.env.path(dir), Name: name,
		Overwrite: t.order.o.overwrite, Check: t.order.o.check, MinFree: int64(t.order.o.minFree), Keep: t.serves, Sequential: t.order.o.sequential,
		Peers: t.order.o.peers, Trackers: trackerTiers(t.order.o.trackers), WebSeeds: t.order.o.webSeeds,
	}
	if t.order.o.streams() {
		o.Stream = g.term.Out
	}
	choose := chosen(t, in)
	var misplaced error
	if g.placeLater(t) {
		o.Place = func(info *metainfo.Info) (string, string) {
			misplaced = g.placeFor(t, info)
			dir, name := t.placed()
			return t.order.env.path(dir), name
		}
	}
	o.Select = func(info *metainfo.Info) ([]bool, error) { // it is asked after Place, and may fail
		if misplaced != nil || choose == nil {
			return nil, misplaced
		}
		wanted, err := choose(info)
		t.want(wanted)
		return wanted, err
	}
	return o
}

// chosen is the selection of a source: what its order says, or else the link itself; nil is all.
func chosen(t *transfer, in loaded) func(*metainfo.Info) ([]bool, error) {
	switch {
	case t.order.selection != nil:
		return t.order.selection.pick
	case in.magnet != nil && len(in.magnet.Select) > 0:
		return func(info *metainfo.Info) ([]bool, error) { return pickRanges(info, in.magnet.Select) }
	}
	return nil
}
