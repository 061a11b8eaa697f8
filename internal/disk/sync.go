package disk

import (
	"os"
	"path/filepath"
)

// syncFiles brings the data of files to disk. An error means that nobody knows what is there.
func (s *Storage) syncFiles(list []int) error {
	if len(list) > syncOneByOne {
		rest, err := s.syncWhole(list)
		if err != nil {
			return err
		}
		list = rest
	}
	t := s.pool.handles
	for _, i := range list {
		h, err := t.acquire(s, i, false)
		if err != nil {
			return err
		}
		if s.pool.observe != nil {
			err = s.pool.observe(OpSync, s.currentPath(i))
		}
		if err == nil {
			err = h.f.sync(h.writable)
		}
		t.release(h)
		if err != nil {
			return fault(IO, "sync", s.Path(i), err)
		}
	}
	return nil
}

// syncWhole syncs the file system that most of the files lie on with one call, and returns those it did not reach.
func (s *Storage) syncWhole(list []int) (rest []int, err error) {
	var dev uint64
	devs := make(map[string]uint64) // by folder
	for n, i := range list {
		rel := s.folder(i)
		at, known := devs[rel]
		if !known {
			d, err := s.pool.folders.acquire(s, rel, false)
			if err != nil {
				return nil, asChanged(err)
			}
			at = d.dev
			if n == 0 {
				dev = at
				done, err := s.syncFileSystem(d)
				if err != nil {
					err = fault(IO, "sync", filepath.Join(s.dir, rel), err)
				}
				if err != nil || !done {
					s.pool.folders.release(d)
					return list, err
				}
			}
			s.pool.folders.release(d)
			devs[rel] = at
		}
		if at != dev {
			rest = append(rest, i)
		}
	}
	return rest, nil
}

// syncFolders makes names durable: those in the folders given, and those of folders that were made lately.
func (s *Storage) syncFolders(rels map[string]struct{}) error {
	s.mu.Lock()
	for rel := range s.made {
		if rel != "." {
			rels[filepath.Dir(rel)] = struct{}{}
		}
	}
	_, top := s.made["."]
	s.made = nil
	s.mu.Unlock()
	if top {
		if err := syncFolderAt(filepath.Dir(s.dir)); err != nil {
			return err
		}
	}
	whole := make(map[uint64]bool) // file systems that were synced as a whole
	for rel := range rels {
		if err := s.syncOneFolder(rel, len(rels) > syncOneByOne, whole); err != nil {
			return err
		}
	}
	return nil
}

// syncOneFolder syncs a folder, by itself or, where there are many, with the whole of its file system.
func (s *Storage) syncOneFolder(rel string, many bool, whole map[uint64]bool) error {
	d, err := s.pool.folders.acquire(s, rel, false)
	if err != nil {
		return asChanged(err)
	}
	defer s.pool.folders.release(d)
	if whole[d.dev] {
		return nil
	}
	if many {
		done, err := s.syncFileSystem(d)
		if err != nil {
			return fault(IO, "sync", filepath.Join(s.dir, rel), err)
		}
		if whole[d.dev] = done; done {
			return nil
		}
	}
	if err = s.pool.observe.before(OpSyncFolder, filepath.Join(s.dir, rel)); err == nil {
		err = syncFolder(d.dir)
	}
	if err != nil {
		return fault(IO, "sync", filepath.Join(s.dir, rel), err)
	}
	return nil
}

func (s *Storage) syncFileSystem(d *folder) (done bool, err error) {
	if err := s.pool.observe.before(OpSyncAll, filepath.Join(s.dir, d.rel)); err != nil {
		return false, err
	}
	return syncFileSystem(d.dir)
}

func syncFolderAt(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return nil // a folder that may be passed through but not read: its owner's affair
	}
	defer d.Close()
	if err := syncFolder(d); err != nil {
		return fault(IO, "sync", path, err)
	}
	return nil
}
