package disk

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// folders keeps some folders open, so that each file in them costs one look-up and not the walk from the top. When
// all that it may keep are in use, it opens more and closes them right after.
type folders struct {
	max int

	mu   sync.Mutex
	list []*folder // most recently used first
}

// folder is an open folder that files are reached through. Names that are resolved through root cannot lead
// outside of it.
type folder struct {
	root *os.Root
	dir  *os.File // the same folder, for what Root has no call for
	dev  uint64

	s    *Storage
	rel  string
	pins int
	kept bool
}

// acquire gives the pinned folder rel (relative to s.dir), making it if asked.
func (t *folders) acquire(s *Storage, rel string, create bool) (*folder, error) {
	if d := t.find(s, rel); d != nil {
		return d, nil
	}
	d, err := t.openFolder(s, rel, create)
	if err != nil {
		return nil, err
	}
	t.keep(d)
	return d, nil
}

func (t *folders) find(s *Storage, rel string) *folder {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, d := range t.list {
		if d.s == s && d.rel == rel {
			d.pins++
			copy(t.list[1:i+1], t.list[:i])
			t.list[0] = d
			return d
		}
	}
	return nil
}

// keep adds a folder to the list, in the place of the one that was not used longest.
func (t *folders) keep(d *folder) {
	t.mu.Lock()
	var out *folder
	if len(t.list) >= t.max {
		for i := len(t.list) - 1; i >= 0; i-- {
			if t.list[i].pins == 0 {
				out = t.list[i]
				t.list = append(t.list[:i], t.list[i+1:]...)
				break
			}
		}
	}
	if len(t.list) < t.max {
		d.kept = true
		t.list = append(t.list, nil)
		copy(t.list[1:], t.list)
		t.list[0] = d
	}
	t.mu.Unlock()
	if out != nil {
		out.close()
	}
}

func (t *folders) release(d *folder) {
	t.mu.Lock()
	d.pins--
	end := d.pins == 0 && !d.kept
	t.mu.Unlock()
	if end {
		d.close()
	}
}

// closeAll closes the folders of s; those in use are closed when they are released.
func (t *folders) closeAll(s *Storage) {
	t.mu.Lock()
	var out []*folder
	kept := t.list[:0]
	for _, d := range t.list {
		switch {
		case d.s != s:
			kept = append(kept, d)
		case d.pins == 0:
			out = append(out, d)
		default:
			d.kept = false
		}
	}
	clear(t.list[len(kept):])
	t.list = kept
	t.mu.Unlock()
	for _, d := range out {
		d.close()
	}
}

// openFolder opens a folder. Below s.dir nothing leads outside of it; s.dir itself is the user's word, and may be a link.
func (t *folders) openFolder(s *Storage, rel string, create bool) (*folder, error) {
	var root *os.Root
	var err error
	if rel == "." {
		root, err = openTop(s, create)
	} else {
		root, err = t.openBelow(s, rel, create)
	}
	if err != nil {
		return nil, err
	}
	d := &folder{root: root, s: s, rel: rel, pins: 1}
	if d.dir, err = root.Open("."); err != nil {
		root.Close()
		return nil, folderFault(Open, "open", filepath.Join(s.dir, rel), err)
	}
	if fi, err := d.dir.Stat(); err == nil {
		d.dev = deviceOf(fi)
	}
	return d, nil
}

func openTop(s *Storage, create bool) (*os.Root, error) {
	root, err := os.OpenRoot(s.dir)
	if isGone(err) && create {
		if err := s.makeFolder(".", func() error { return os.MkdirAll(s.dir, 0o777) }); err != nil {
			return nil, err
		}
		root, err = os.OpenRoot(s.dir)
	}
	if err != nil {
		return nil, folderFault(Open, "open folder", s.dir, err)
	}
	return root, nil
}

func (t *folders) openBelow(s *Storage, rel string, create bool) (*os.Root, error) {
	top, err := t.acquire(s, ".", create)
	if err != nil {
		return nil, err
	}
	defer t.release(top)
	root, err := top.root.OpenRoot(rel)
	if isGone(err) && create {
		if err := s.makeFolder(rel, func() error { return top.root.MkdirAll(rel, 0o777) }); err != nil {
			return nil, err
		}
		root, err = top.root.OpenRoot(rel)
	}
	if err != nil {
		return nil, folderFault(Open, "open folder", filepath.Join(s.dir, rel), err)
	}
	return root, nil
}

// makeFolder makes a folder by f, and has it remembered that it is not synced.
func (s *Storage) makeFolder(rel string, f func() error) error {
	path := filepath.Join(s.dir, rel)
	err := s.pool.observe.before(OpMakeFolder, path)
	if err == nil {
		err = f()
	}
	if isGone(err) { // the one above, which was there
		return &Error{Kind: Changed, Verb: "make folder", Path: path, Err: ErrMoved}
	}
	if err != nil {
		return folderFault(Mkdir, "make folder", path, err)
	}
	s.noteFolder(rel)
	return nil
}

// folderFault tells a file or an outward link in the place of a folder from other faults.
func folderFault(kind Kind, verb, path string, err error) error {
	if isNotFolder(err) || errors.Is(err, os.ErrExist) {
		return &Error{Kind: InTheWay, Verb: verb, Path: path, Err: err}
	}
	if isEscape(err) {
		return &Error{Kind: InTheWay, Verb: verb, Path: path, Err: errOutside}
	}
	return fault(kind, verb, path, err)
}

func (d *folder) close() {
	d.dir.Close()
	d.root.Close()
}

// isEscape tells whether os.Root refused a path for leading outside. Its error is not exported; it is the only
// one that is no system error.
func isEscape(err error) bool {
	var p *os.PathError
	var errno syscall.Errno
	return errors.As(err, &p) && !errors.As(err, &errno) && !errors.Is(err, os.ErrClosed)
}
