package disk

import (
	"context"
	"os"
	"path/filepath"
)

// settle draws the conclusions of a check: what is had, which files are taken as they are, are in the way, are to be
// replaced, or only want their names.
func (c *check) settle(ctx context.Context) error {
	s := c.s
	replace, err := c.wrongFiles()
	if err != nil {
		return err
	}
	s.mu.Lock()
	for piece := range s.info.NumPieces() {
		if c.known.has(piece) || c.good.has(piece) {
			s.note(piece, c.good.has(piece))
		}
	}
	s.mu.Unlock()
	s.disown()
	s.mu.Lock()
	fetch := s.missing > 0 && !s.o.ReadOnly
	s.mu.Unlock()
	if fetch {
		if err := s.mayFetch(replace); err != nil {
			return err
		}
	}
	for _, i := range replace {
		if err := s.replaceFile(ctx, i); err != nil {
			return err
		}
	}
	s.leaveMark()
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.files {
		if x := &s.files[i]; x.status != skipped && x.left == 0 {
			s.fileVerified(i)
		}
	}
	s.checked, s.loaded = true, nil
	s.startFinishing()
	return nil
}

// wrongFiles finds the files under final names that do not hold what they should. A piece that reaches into a
// file that is not complete proves nothing: it is fetched, and compared when it is written.
func (c *check) wrongFiles() (replace []int, err error) {
	s := c.s
	if s.o.ReadOnly {
		return nil, nil
	}
	wrong := make(map[int]struct{})
	for _, piece := range c.bad {
		first := nowhere
		all := true
		for p := pieceCursor(s.info, int(piece)); p.next(); {
			if p.file != nowhere {
				all = all && s.files[p.file].status == final
				if first == nowhere {
					first = p.file
				}
			}
		}
		if !all || first == nowhere {
			continue
		}
		if !s.o.Overwrite {
			return nil, &Error{Kind: InTheWay, Verb: "check", Path: s.Path(first), Err: ErrExists}
		}
		for p := pieceCursor(s.info, int(piece)); p.next(); {
			if p.file != nowhere {
				wrong[p.file] = struct{}{}
			}
		}
	}
	for i := range s.files {
		if _, is := wrong[i]; is {
			replace = append(replace, i)
		}
	}
	return replace, nil
}

// disown leaves temporary files alone that hold nothing of this torrent and are not in the state: they are somebody else's, or
// were made so shortly before a kill that nobody knows.
func (s *Storage) disown() {
	s.mu.Lock()
	var list []int
	for i := range s.files {
		x := &s.files[i]
		if !x.foreign {
			continue
		}
		x.foreign = false
		if x.rec.size == 0 && (s.resumed || !s.state.kept()) {
			continue // there is nothing in it to be harmed, and most likely it was made by a run that was killed
		}
		if first, last := piecesOf(s.info, i); x.left == int32(last-first+1) || x.rec.size == 0 {
			x.shunned = s.loaded == nil
			list = append(list, i)
		}
	}
	s.mu.Unlock()
	for _, i := range list {
		x := &s.files[i]
		s.pool.handles.hold(x)
		s.mu.Lock()
		x.status, x.temp, x.rec, x.last = absent, tempTagged, record{}, record{}
		s.mu.Unlock()
		s.pool.handles.unhold(x)
	}
}

// mayFetch sees whether the content's folder can be written to, or made, and whether there is room, so that nothing is
// fetched in vain. The folder that the user named it makes, as only trying tells; folders of the torrent wait for their files.
func (s *Storage) mayFetch(replace []int) error {
	folder := s.dir
	if !s.info.SingleFile() {
		folder = s.target()
	}
	path, err := folder, mayCreate(folder)
	for isGone(err) && path != filepath.Dir(path) {
		path = filepath.Dir(path)
		err = mayCreate(path)
	}
	switch {
	case err != nil && path == folder:
		return folderFault(Create, "create files in", folder, err)
	case err != nil:
		return folderFault(Mkdir, "make folder", folder, err)
	}
	if err := s.preflight(replace); err != nil {
		return err
	}
	if err := os.MkdirAll(s.dir, 0o777); err != nil {
		return folderFault(Mkdir, "make folder", s.dir, err)
	}
	return s.claim()
}

// leaveMark writes a first state, one that vouches for nothing, so that after a kill the temporary files are known as ours. It is
// not worth waiting for the disk, and where it fails a checkpoint will say so.
func (s *Storage) leaveMark() {
	s.mu.Lock()
	fetch := s.missing > 0
	st := state{have: newBitmap(s.info.NumPieces()), foreign: s.shunned()}
	s.mu.Unlock()
	if !s.state.kept() || !fetch || s.loaded != nil {
		return
	}
	if err := s.state.writeMark(encodeState(s.info, s.target(), &st)); err != nil {
		s.pool.log.Warn("cannot write state", "err", err)
	}
}

// shunned lists the files whose NAME.part is somebody else's. The lock is held.
func (s *Storage) shunned() (list []int) {
	for i := range s.files {
		if s.files[i].shunned {
			list = append(list, i)
		}
	}
	return list
}
