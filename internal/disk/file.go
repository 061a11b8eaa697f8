package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// status is where a file's data lies.
type status uint8

const (
	skipped status = iota // not selected, or padding: never touched
	absent                // nothing on disk yet
	part                  // under a temporary name
	final                 // under its final name
)

// file is what a storage knows of one file of the torrent.
type file struct {
	// Guarded by Storage.mu.
	status  status
	temp    uint8  // which temporary name it has, or the first to try
	volume  uint8  // index in Storage.volumes
	replace bool   // something lies at the final name that is to be replaced
	foreign bool   // a temporary file that may be somebody else's: nothing proves it ours yet
	shunned bool   // NAME.part is somebody else's for sure
	dirty   bool   // written, or verified, since the last checkpoint; listed in Storage.dirty
	ready   bool   // listed in Storage.ready
	left    int32  // pieces that touch it and are not had
	backlog int32  // bytes written since write-back was last started
	last    record // how the temporary file looked when it was found, made or closed last
	stored  int64  // what a temporary file had on disk when it was found
	rec     record // as of the last checkpoint; for a final file, as of its verification

	// Guarded by handles.mu.
	handle  *handle
	opening bool
}

// openFile opens file i for the table of handles, creating it if it is to be written and absent.
func (s *Storage) openFile(i int, write bool) (f diskFile, writable bool, err error) {
	if s.o.ReadOnly {
		f, err = s.openPlain(i)
		return f, false, err
	}
	s.mu.Lock()
	st, temp, rec := s.files[i].status, int(s.files[i].temp), s.files[i].rec
	s.mu.Unlock()
	switch st {
	case absent:
		if !write {
			return f, false, &Error{Kind: Changed, Verb: "open", Path: s.Path(i), Err: fs.ErrNotExist}
		}
		f, err = s.create(i, temp)
		return f, true, err
	case part:
		f, err = s.openPart(i, temp)
		return f, true, err
	case final:
		f, err = s.openFinal(i, rec)
		return f, false, err
	}
	return f, false, &Error{Kind: Open, Verb: "open", Path: s.Path(i), Err: ErrUnstored}
}

// create makes the temporary file of a file that is absent.
func (s *Storage) create(i, kind int) (diskFile, error) {
	f, kind, err := s.createTemp(i, kind)
	if err != nil {
		return f, err
	}
	found, err := f.look()
	if err != nil {
		f.close()
		return f, fault(Create, "create", s.tempPath(i, kind), err)
	}
	s.mu.Lock()
	x := &s.files[i]
	x.status, x.temp, x.last = part, uint8(kind), found.rec
	s.mu.Unlock()
	return f, nil
}

// createTemp makes a temporary file, under the first of its names from kind on that nobody has.
func (s *Storage) createTemp(i, kind int) (f diskFile, used int, err error) {
	d, err := s.pool.folders.acquire(s, s.folder(i), true)
	if err != nil {
		return f, 0, err
	}
	defer s.pool.folders.release(d)
	for ; kind < tempNames; kind++ {
		if s.temp(i, kind) == "" {
			continue
		}
		if f, err = s.tryTemp(d, i, kind); err == nil {
			return f, kind, nil
		}
		if !errors.Is(err, os.ErrExist) && !isLongName(err) {
			break
		}
		if kind < tempShort {
			err = nil
		}
	}
	if isGone(err) { // the folder, which is open
		return f, 0, &Error{Kind: Changed, Verb: "create", Path: s.tempPath(i, min(kind, tempShort)), Err: ErrMoved}
	}
	return f, 0, fault(Create, "create", s.tempPath(i, min(kind, tempShort)), err)
}

// tryTemp makes a temporary file under one of its names, which must be free.
func (s *Storage) tryTemp(d *folder, i, kind int) (f diskFile, err error) {
	if s.pool.observe != nil {
		err = s.pool.observe(OpCreate, s.tempPath(i, kind))
	}
	if err == nil {
		f, err = d.createFile(s.temp(i, kind))
	}
	return f, err
}

// openPart opens a temporary file, if it is the one that was there before. Through a symbolic link it would be somebody else's.
func (s *Storage) openPart(i, kind int) (diskFile, error) {
	d, err := s.pool.folders.acquire(s, s.folder(i), false)
	if err != nil {
		return diskFile{}, asChanged(err)
	}
	defer s.pool.folders.release(d)
	f, err := d.openPart(s.temp(i, kind))
	f, now, err := unaltered(f, err, record{}, s, i)
	if err == nil && !s.knows(i, now) {
		f.close()
		err = &Error{Kind: Changed, Verb: "open", Path: s.currentPath(i), Err: ErrModified}
	}
	return f, err
}

// knows tells whether a temporary file is the one that was written to, and not another of its name. Some file systems give a
// file that was closed another inode; then it has to look as it did when it was closed.
func (s *Storage) knows(i int, now sight) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := &s.files[i]
	if x.last == (record{}) || x.last.size == now.rec.size && x.last.mtime == now.rec.mtime {
		x.last = now.rec
	}
	return x.last.inode == now.rec.inode
}

// closing takes down how a temporary file looks when its handle is closed.
func (s *Storage) closing(x *file, f diskFile) {
	if found, err := f.look(); err == nil {
		s.mu.Lock()
		x.last = found.rec
		s.mu.Unlock()
	}
}

// openFinal opens a file under its final name to be read, if it is as it was when it was verified.
func (s *Storage) openFinal(i int, rec record) (diskFile, error) {
	d, err := s.pool.folders.acquire(s, s.folder(i), false)
	if err != nil {
		return diskFile{}, asChanged(err)
	}
	defer s.pool.folders.release(d)
	f, err := d.openFinal(s.base(i))
	f, _, err = unaltered(f, err, rec, s, i)
	return f, err
}

// openPlain opens a file of a read-only storage by its path, links and all.
func (s *Storage) openPlain(i int) (diskFile, error) {
	s.mu.Lock()
	st, rec := s.files[i].status, s.files[i].rec
	s.mu.Unlock()
	if st != final {
		return diskFile{}, &Error{Kind: Changed, Verb: "open", Path: s.Path(i), Err: fs.ErrNotExist}
	}
	f, err := openPath(s.Path(i))
	f, _, err = unaltered(f, err, rec, s, i)
	return f, err
}

// unaltered passes on a file that was just opened if it is a regular file and as it was recorded.
func unaltered(f diskFile, err error, rec record, s *Storage, i int) (diskFile, sight, error) {
	if isNoFile(err) || errors.Is(err, ErrNotFile) {
		return f, sight{}, &Error{Kind: Changed, Verb: "open", Path: s.currentPath(i), Err: ErrNotFile}
	}
	if err != nil {
		return f, sight{}, asChanged(fault(Open, "open", s.currentPath(i), err))
	}
	now, err := f.look()
	if err != nil {
		err = fault(Open, "open", s.currentPath(i), err)
	} else {
		err = s.compare(now, rec, i)
	}
	if err != nil {
		f.close()
	}
	return f, now, err
}

// compare tells whether a file is still as it was recorded.
func (s *Storage) compare(now sight, rec record, i int) error {
	var cause error
	switch {
	case now.kind != regularFile:
		cause = ErrNotFile
	case now.unlinked:
		cause = fs.ErrNotExist
	case rec == (record{}) || now.rec == rec:
		return nil
	case now.rec.size < rec.size:
		cause = ErrShort
	default:
		cause = ErrModified
	}
	return &Error{Kind: Changed, Verb: "read", Path: s.currentPath(i), Err: cause}
}

// stillSame looks whether an open file with its final name is still the one that was verified. It does so before every read: it costs
// little beside that, and who is served wrong bytes never asks again.
func (s *Storage) stillSame(i int, h *handle) error {
	s.mu.Lock()
	st, rec := s.files[i].status, s.files[i].rec
	s.mu.Unlock()
	if st != final {
		return nil
	}
	found, err := h.f.look()
	if err != nil {
		return fault(IO, "read", s.Path(i), err)
	}
	return s.compare(found, rec, i)
}

// asChanged turns the absence of what should be there into Changed.
func asChanged(err error) error {
	if !isGone(err) {
		return err
	}
	var e *Error
	if errors.As(err, &e) {
		return &Error{Kind: Changed, Verb: e.Verb, Path: e.Path, Err: fs.ErrNotExist}
	}
	return err
}

// currentPath is where the data of a file lies now.
func (s *Storage) currentPath(i int) string {
	s.mu.Lock()
	st, kind := s.files[i].status, int(s.files[i].temp)
	s.mu.Unlock()
	if st == part {
		return s.tempPath(i, kind)
	}
	return s.Path(i)
}

func (s *Storage) tempPath(i, kind int) string {
	return filepath.Join(s.dir, s.folder(i), s.temp(i, kind))
}
