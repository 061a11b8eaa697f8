package disk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// Open lays a torrent's content out below o.Dir, locks the target and looks at what is there. Nothing is made in Dir yet.
// Check has to be called next. Something in the way that cannot be the content gives an *Error of the kind
// InTheWay, another process at work on the target one of the kind Locked.
func (p *Pool) Open(ctx context.Context, info *metainfo.Info, o Options) (*Storage, error) {
	if o.Select != nil && len(o.Select) != len(info.Files) {
		return nil, fmt.Errorf("selection: %d answers for %d files", len(o.Select), len(info.Files))
	}
	if err := verifiable(info, o); err != nil {
		return nil, err
	}
	l, err := newLayout(info, o.Dir, o.Name)
	if err != nil {
		return nil, err
	}
	if o.ReadOnly {
		o.StateDir = ""
	}
	s := &Storage{pool: p, o: o, layout: l, have: newBitmap(info.NumPieces())}
	s.idle.L = &s.mu
	s.state = newStateFiles(o.StateDir, infoKey(info), s.target())
	s.state.observe = p.observe
	if !o.ReadOnly {
		if err := p.enter(s.target()); err != nil {
			return nil, err
		}
	}
	if err = s.lockAll(); err == nil {
		err = s.lookAround(ctx)
	}
	if err != nil {
		p.folders.closeAll(s)
		s.unlockAll()
		return nil, err
	}
	return s, nil
}

// lockAll keeps other processes off the target: those with the same state folder at once, all others as soon as there is
// something to lock.
func (s *Storage) lockAll() (err error) {
	if s.o.ReadOnly {
		return nil
	}
	if s.lock, err = lockTarget(s.o.StateDir, s.target()); err != nil {
		return err
	}
	return s.lockPlace()
}

func (s *Storage) unlockAll() {
	if s.o.ReadOnly {
		return
	}
	s.unlockPlace()
	s.lock.release()
	s.pool.leave(s.target())
}

// verifiable tells whether every piece of the selected files has a hash to be held against.
func verifiable(info *metainfo.Info, o Options) error {
	if info.HasV1() {
		return nil
	}
	for i := range info.Files {
		if info.Files[i].Length == 0 || o.Select != nil && !o.Select[i] {
			continue
		}
		first, last := piecesOf(info, i)
		for piece := first; piece <= last; piece++ {
			if _, ok := info.PieceRoot(piece, o.Layers); !ok {
				return ErrNoLayer
			}
		}
	}
	return nil
}

// lookAround finds out where the data of each selected file lies.
func (s *Storage) lookAround(ctx context.Context) error {
	s.files = make([]file, len(s.info.Files))
	if s.loaded = s.state.load(s.info, s.target()); s.loaded != nil {
		s.uploaded, s.downloaded, s.resumed = s.loaded.uploaded, s.loaded.downloaded, true
	}
	dev, path := deviceNear(s.target())
	s.onVolume(dev, path)
	scan := scanner{s: s, recorded: make(map[int]record)}
	if s.loaded != nil {
		for _, r := range s.loaded.records {
			scan.recorded[r.file] = r.record
		}
		for _, i := range s.loaded.foreign {
			s.files[i].shunned = true
		}
	}
	defer scan.leave()
	for i := range s.info.Files {
		f := &s.info.Files[i]
		if !stored(f) || !s.selected(i) {
			continue
		}
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		x := &s.files[i]
		x.status = absent
		s.unfinished++
		s.missing += f.Length
		if f.Length > 0 {
			first, last := piecesOf(s.info, i)
			x.left = int32(last - first + 1)
		}
		look := scan.file
		if s.o.ReadOnly {
			look = scan.plain
		}
		if err := look(i, x); err != nil {
			return err
		}
	}
	return nil
}

// scanner looks for files, folder by folder.
type scanner struct {
	s        *Storage
	recorded map[int]record // by file, what the state knows

	rel  string
	d    *folder // nil: there is no such folder
	none bool    // the target is not there at all
	seen bool
}

func (c *scanner) leave() {
	if c.d != nil {
		c.s.pool.folders.release(c.d)
		c.d = nil
	}
}

// enter opens the folder of a file unless it is open.
func (c *scanner) enter(rel string) error {
	if c.seen && c.rel == rel {
		return nil
	}
	if !c.seen && !c.s.info.SingleFile() {
		_, err := os.Lstat(c.s.target())
		c.none = isGone(err)
	}
	c.leave()
	c.seen, c.rel = true, rel
	if c.none {
		return nil
	}
	d, err := c.s.pool.folders.acquire(c.s, rel, false)
	if err != nil && !isGone(err) {
		return err
	}
	if err == nil {
		c.d = d
	}
	return nil
}

// file looks for file i under its final and its temporary names.
func (c *scanner) file(i int, x *file) error {
	if err := c.enter(c.s.folder(i)); err != nil || c.d == nil {
		return err
	}
	s := c.s
	x.volume = s.onVolume(c.d.dev, filepath.Join(s.dir, c.rel))
	found, err := c.d.lookAt(s.base(i))
	if isGone(err) {
		return c.temps(i, x, tempPlain)
	}
	if err == nil && found.kind == aLink {
		found, err = c.follow(s.base(i))
	}
	if err != nil {
		return fault(Open, "look at", s.Path(i), err)
	}
	var wrong error
	switch {
	case found.kind == aFolder:
		return &Error{Kind: InTheWay, Verb: "look at", Path: s.Path(i), Err: errFolder}
	case found.kind == aLink:
		wrong = errLink
	case found.kind != regularFile:
		wrong = ErrNotFile
	case found.rec.size != s.info.Files[i].Length:
		wrong = errSize
	}
	if wrong != nil && !s.o.Overwrite {
		return &Error{Kind: InTheWay, Verb: "look at", Path: s.Path(i), Err: wrong}
	}
	if wrong == nil && (!s.o.Overwrite || found.rec == c.recorded[i]) {
		x.status, x.rec = final, found.rec
		return nil
	}
	// It is to be replaced, or may be: an earlier run may have begun with that.
	if e := c.temps(i, x, tempTagged); e != nil {
		return e
	}
	switch {
	case x.status == part || wrong != nil:
		x.replace, x.temp = true, max(x.temp, tempTagged)
	default:
		x.status, x.rec = final, found.rec
	}
	return nil
}

// follow looks at where a link leads. One that leads nowhere or outside remains a link.
func (c *scanner) follow(name string) (sight, error) {
	fi, err := c.d.root.Stat(name)
	switch {
	case err == nil:
		return seen(fi), nil
	case isGone(err) || isEscape(err) || isLink(err):
		return sight{kind: aLink}, nil
	}
	return sight{}, err
}

// temps looks for the data of file i under its temporary names from kind on.
func (c *scanner) temps(i int, x *file, kind int) error {
	s := c.s
	for ; kind < tempNames; kind++ {
		name := s.temp(i, kind)
		if name == "" {
			continue
		}
		found, err := c.d.lookAt(name)
		if isGone(err) || isLongName(err) {
			continue
		}
		if err != nil {
			return fault(Open, "look at", filepath.Join(s.dir, c.rel, name), err)
		}
		if found.kind != regularFile || found.rec.size > s.info.Files[i].Length || kind == tempPlain && x.shunned {
			continue
		}
		x.status, x.temp, x.rec, x.last, x.stored = part, uint8(kind), found.rec, found.rec, found.stored
		x.foreign = kind == tempPlain && !c.recordedAs(i, found.rec)
		if !x.foreign {
			return nil
		} // else one of the other names, which nobody else would use, is better
	}
	return nil
}

// recordedAs tells whether the state knows a temporary file. It may have grown since.
func (c *scanner) recordedAs(i int, now record) bool {
	then, known := c.recorded[i]
	return known && then.inode == now.inode && then.size <= now.size
}

var (
	errLink   = errors.New("a symbolic link is there that leads nowhere or outside of the folder")
	errSize   = errors.New("a file of another size is there already")
	errFolder = errors.New("a folder is there")
)

// plain looks for file i of a read-only storage.
func (c *scanner) plain(i int, x *file) error {
	fi, err := os.Stat(c.s.Path(i))
	switch {
	case err == nil && fi.Mode().IsRegular():
		x.status, x.rec = final, seen(fi).rec
	case err != nil && !isGone(err) && !isNotFolder(err):
		return fault(Open, "look at", c.s.Path(i), err)
	}
	return nil
}
