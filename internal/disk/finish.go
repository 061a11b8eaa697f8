package disk

import (
	"errors"
	"os"
	"path/filepath"
)

// syncOneByOne is up to how many files are synced each on its own; with more, the file system is synced as a whole
// where that is possible.
const syncOneByOne = 16

// startFinishing gets the goroutine going that gives files their names. The lock is held.
func (s *Storage) startFinishing() {
	if len(s.ready) == 0 || s.finishing || s.failure != nil {
		return
	}
	s.finishing = true
	go s.finishAll()
}

// finishAll works in batches: whatever became ready during one batch is the next.
func (s *Storage) finishAll() {
	for {
		s.mu.Lock()
		batch := s.ready
		s.ready = nil
		if len(batch) == 0 || s.failure != nil {
			if s.unfinished == 0 && s.failure == nil {
				s.mu.Unlock()
				s.makeLinks()
				s.mu.Lock()
			}
			s.finishing = false
			s.idle.Broadcast()
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		named, err := s.finish(batch)
		if s.o.OnFile != nil {
			for _, i := range named {
				s.o.OnFile(i)
			}
		}
		if err != nil {
			s.fail(s.explain(err))
		}
	}
}

// finish gives verified files their final names: sync the data, rename, sync the folders. It returns the files for which
// all of that is done.
func (s *Storage) finish(batch []int) (named []int, err error) {
	s.syncing.Lock()
	defer s.syncing.Unlock()
	if err := s.createEmpty(batch); err != nil {
		return nil, err
	}
	if err := s.syncFiles(batch); err != nil {
		return nil, s.doubtful(err)
	}
	rels := make(map[string]struct{})
	var failed error
	for _, i := range batch {
		rel := s.folder(i)
		if _, known := rels[rel]; !known {
			failed = s.inPlace(rel)
		}
		if failed == nil {
			failed = s.giveName(i, rel)
		}
		if failed != nil {
			break
		}
		rels[rel] = struct{}{}
		named = append(named, i)
	}
	if err := s.syncFolders(rels); err != nil {
		return nil, s.doubtful(err)
	}
	s.mu.Lock()
	for _, i := range named {
		s.unfinished--
		s.files[i].ready, s.files[i].dirty = false, false // synced, and recorded as it is
	}
	s.mu.Unlock()
	return named, failed
}

// inPlace tells whether a folder, which is open, is still where it was: data goes on to land in one that was moved away, but nobody would look
// for it there.
func (s *Storage) inPlace(rel string) error {
	d, err := s.pool.folders.acquire(s, rel, false)
	if err != nil {
		return asChanged(err)
	}
	defer s.pool.folders.release(d)
	path := filepath.Join(s.dir, rel)
	open, err := d.dir.Stat()
	if err == nil {
		var now os.FileInfo
		if now, err = os.Stat(path); err == nil && os.SameFile(open, now) {
			return nil
		}
	}
	if err != nil && !isGone(err) && !isNotFolder(err) {
		return fault(Open, "look at", path, err)
	}
	return &Error{Kind: Changed, Verb: "look at", Path: path, Err: ErrMoved}
}

// createEmpty makes the temporary files of those in the batch that have no bytes.
func (s *Storage) createEmpty(batch []int) error {
	t := s.pool.handles
	for _, i := range batch {
		if s.info.Files[i].Length > 0 {
			continue
		}
		h, err := t.acquire(s, i, true)
		if err != nil {
			return err
		}
		t.release(h)
	}
	return nil
}

// giveName renames a file that is verified and synced.
func (s *Storage) giveName(i int, rel string) error {
	d, err := s.pool.folders.acquire(s, rel, false)
	if err != nil {
		return asChanged(err)
	}
	defer s.pool.folders.release(d)
	s.mu.Lock()
	x := &s.files[i]
	temp, replace := s.temp(i, int(x.temp)), x.replace
	s.mu.Unlock()

	now, err := d.lookAt(temp)
	if err != nil {
		return asChanged(fault(IO, "rename", s.Path(i), err))
	}
	if now.kind != regularFile || now.rec.size != s.info.Files[i].Length || !s.knows(i, now) {
		return &Error{Kind: Changed, Verb: "rename", Path: filepath.Join(s.dir, rel, temp), Err: ErrModified}
	}
	if renameNeedsClosed {
		s.pool.handles.hold(x)
	} else {
		s.pool.handles.pause(x)
	}
	defer s.pool.handles.unhold(x)
	if s.pool.observe != nil {
		err = s.pool.observe(OpRename, s.Path(i))
	}
	switch {
	case err != nil:
	case replace:
		err = d.root.Rename(temp, s.base(i))
	default:
		err = renameNew(d, temp, s.base(i))
	}
	if errors.Is(err, os.ErrExist) {
		return &Error{Kind: InTheWay, Verb: "rename", Path: s.Path(i), Err: ErrExists}
	}
	if err != nil {
		return fault(Create, "rename", s.Path(i), err)
	}
	s.mu.Lock()
	x.status, x.replace, x.rec = final, false, now.rec
	orphan := s.resumed && x.temp != tempPlain && !x.shunned
	s.mu.Unlock()
	if orphan {
		s.removeOrphan(d, i)
	}
	return nil
}

// linkNew renames where the system has no call for renaming without replacing: a second link fails if
// the name exists, and then the first is removed. Where there are no links, it looks before.
func linkNew(d *folder, from, to string) error {
	err := d.root.Link(from, to)
	switch {
	case err == nil:
		return d.root.Remove(from)
	case errors.Is(err, os.ErrExist):
		return err
	}
	if _, err := d.root.Lstat(to); err == nil {
		return os.ErrExist
	}
	return d.root.Rename(from, to)
}

// noteFolder remembers that a folder, and maybe some above it, was made.
func (s *Storage) noteFolder(rel string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made == nil {
		s.made = make(map[string]struct{})
	}
	for ; rel != "."; rel = filepath.Dir(rel) {
		s.made[rel] = struct{}{}
	}
	s.made["."] = struct{}{}
}
