package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
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
	replace bool   // something lies at the final name that is to be replaced
	foreign bool   // a temporary file that may be somebody else's: nothing proves it ours yet
	shunned bool   // NAME.part is somebody else's for sure
	dirty   bool   // written, or verified, since the last checkpoint; listed in Storage.dirty
	ready   bool   // listed in Storage.ready
	left    int32  // pieces that touch it and are not had
	backlog int32  // bytes written since write-back was last started
	rec     record // as of the last checkpoint; for a final file, as of its verification

	// Guarded by handles.mu.
	handle  *handle
	opening bool
}

// openFile opens file i for the table of handles, creating it if it is to be written and absent.
func (s *Storage) openFile(i int, write bool) (f *os.File, writable bool, err error) {
	if s.o.ReadOnly {
		f, err = s.openPlain(i)
		return f, false, err
	}
	for try := 0; ; try++ {
		s.mu.Lock()
		x := s.files[i]
		s.mu.Unlock()
		switch x.status {
		case absent:
			if !write {
				return nil, false, &Error{Kind: Changed, Verb: "open", Path: s.Path(i), Err: fs.ErrNotExist}
			}
			f, err = s.create(i, int(x.temp))
			return f, true, err
		case part:
			f, err = s.openPart(i, int(x.temp))
			writable = true
		case final:
			f, err = s.openFinal(i, x.rec)
			writable = false
		default:
			return nil, false, &Error{Kind: Open, Verb: "open", Path: s.Path(i), Err: ErrUnstored}
		}
		if err == nil || try == 2 || !isGone(err) {
			return f, writable, err
		}
		// It may have been renamed between the look at its status and the open.
	}
}

// create makes the temporary file of a file that is absent.
func (s *Storage) create(i, kind int) (*os.File, error) {
	f, kind, err := s.createTemp(i, kind)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.files[i].status, s.files[i].temp = part, uint8(kind)
	s.mu.Unlock()
	return f, nil
}

// createTemp makes a temporary file, under the first of its names from kind on that nobody has.
func (s *Storage) createTemp(i, kind int) (*os.File, int, error) {
	d, err := s.pool.folders.acquire(s, s.folder(i), true)
	if err != nil {
		return nil, 0, err
	}
	defer s.pool.folders.release(d)
	for ; kind < tempNames; kind++ {
		name := s.temp(i, kind)
		if name == "" {
			continue
		}
		var f *os.File
		if err = s.pool.observe.before(OpCreate, s.tempPath(i, kind)); err == nil {
			f, err = d.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		}
		if err == nil {
			return f, kind, nil
		}
		if !errors.Is(err, os.ErrExist) && !isLongName(err) {
			break
		}
	}
	return nil, 0, fault(Create, "create", s.tempPath(i, min(kind, tempShort)), err)
}

// openPart opens a temporary file. Through a symbolic link it would be somebody else's file.
func (s *Storage) openPart(i, kind int) (*os.File, error) {
	d, err := s.pool.folders.acquire(s, s.folder(i), false)
	if err != nil {
		return nil, asChanged(err)
	}
	defer s.pool.folders.release(d)
	name, path := s.temp(i, kind), s.tempPath(i, kind)
	fi, err := d.root.Lstat(name)
	if err == nil && !fi.Mode().IsRegular() {
		return nil, &Error{Kind: Changed, Verb: "open", Path: path, Err: ErrNotFile}
	}
	var f *os.File
	if err == nil {
		f, err = d.root.OpenFile(name, os.O_RDWR, 0)
	}
	if err != nil {
		return nil, asChanged(fault(Open, "open", path, err))
	}
	return f, nil
}

// openFinal opens a file under its final name to be read, if it is as it was when it was verified.
func (s *Storage) openFinal(i int, rec record) (*os.File, error) {
	d, err := s.pool.folders.acquire(s, s.folder(i), false)
	if err != nil {
		return nil, asChanged(err)
	}
	defer s.pool.folders.release(d)
	name, path := s.base(i), s.Path(i)
	fi, err := d.root.Stat(name)
	if err != nil {
		return nil, asChanged(fault(Open, "open", path, err))
	}
	if err := compare(fi, rec, path); err != nil {
		return nil, err
	}
	f, err := d.root.Open(name)
	if err != nil {
		return nil, asChanged(fault(Open, "open", path, err))
	}
	return f, nil
}

// openPlain opens a file of a read-only storage by its path, links and all.
func (s *Storage) openPlain(i int) (*os.File, error) {
	s.mu.Lock()
	x := s.files[i]
	s.mu.Unlock()
	path := s.Path(i)
	if x.status != final {
		return nil, &Error{Kind: Changed, Verb: "open", Path: path, Err: fs.ErrNotExist}
	}
	fi, err := os.Stat(path)
	if err != nil {
		return nil, asChanged(fault(Open, "open", path, err))
	}
	if err := compare(fi, x.rec, path); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, asChanged(fault(Open, "open", path, err))
	}
	return f, nil
}

// compare tells whether a file is still as it was recorded.
func compare(fi os.FileInfo, rec record, path string) error {
	if !fi.Mode().IsRegular() {
		return &Error{Kind: Changed, Verb: "open", Path: path, Err: ErrNotFile}
	}
	now := recordOf(fi)
	switch {
	case rec == (record{}) || now == rec:
		return nil
	case now.size < rec.size:
		return &Error{Kind: Changed, Verb: "read", Path: path, Err: ErrShort}
	}
	return &Error{Kind: Changed, Verb: "read", Path: path, Err: ErrModified}
}

// stillSame looks, every few seconds, whether an open file with its final name is still the one that was verified.
func (s *Storage) stillSame(i int, h *handle) error {
	s.mu.Lock()
	x := &s.files[i]
	st, rec := x.status, x.rec
	s.mu.Unlock()
	if st != final {
		return nil
	}
	now := time.Now()
	t := s.pool.handles
	t.mu.Lock()
	due := now.Sub(h.checked) >= recheckAfter
	if due {
		h.checked = now
	}
	t.mu.Unlock()
	if !due {
		return nil
	}
	fi, err := h.f.Stat()
	if err != nil {
		return fault(IO, "read", s.Path(i), err)
	}
	if isUnlinked(fi) {
		return &Error{Kind: Changed, Verb: "read", Path: s.Path(i), Err: fs.ErrNotExist}
	}
	return compare(fi, rec, s.Path(i))
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
