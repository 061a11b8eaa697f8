package disk

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// placeLock keeps processes apart that write to one place, whatever state folder they use: it lies on the place itself, and
// ends with the process. Locked alone is the folder of a torrent, or the temporary file of one that is a single
// file; locked together with others are the folders above. So two cannot have the same place, and none can have a place inside of
// another's, while any number may work side by side in one folder.
type placeLock struct {
	own    []*os.File // locked alone
	shared []string   // keys in Pool.shared
	gone   bool       // there was nothing when the storage was opened
	made   bool       // the folder or file was made to be locked
}

// sharedFolder is a folder that storages of this process hold together with other processes.
type sharedFolder struct {
	f *os.File
	n int // storages that hold it
}

// lockPlace locks what there is of the place, and gives an *Error of the kind Locked where others are at work on it.
func (s *Storage) lockPlace() error {
	if err := s.shareAbove(); err != nil {
		return err
	}
	if !s.info.SingleFile() {
		_, err := os.Lstat(s.target())
		s.place.gone = isGone(err)
		return s.ownPath(s.target(), true)
	}
	if s.o.Overwrite {
		if err := s.ownPath(s.target(), false); err != nil {
			return err
		}
	}
	return s.ownTemps()
}

// ownTemps locks what there is of the temporary files of a torrent that is a single file.
func (s *Storage) ownTemps() error {
	for kind := range tempNames {
		if s.temp(0, kind) != "" {
			if err := s.ownPath(s.tempPath(0, kind), false); err != nil {
				return err
			}
		}
	}
	return nil
}

// claim makes what is to be locked where it was not there yet: the torrent's folder, or the temporary file. It goes
// again, when the storage is closed, if nothing came.
func (s *Storage) claim() error {
	if err := s.shareAbove(); err != nil {
		return err
	}
	switch {
	case s.info.SingleFile():
		return s.claimFile()
	case len(s.place.own) > 0:
		return nil
	}
	for range 2 { // whoever had it may just be taking it away
		d, err := s.pool.folders.acquire(s, s.name, true)
		if err != nil {
			return err
		}
		err = s.ownPath(s.target(), true)
		s.pool.folders.release(d)
		if err != nil {
			return err
		}
		s.place.made = s.place.gone
		if len(s.place.own) > 0 {
			break
		}
		s.pool.folders.closeAll(s)
	}
	return nil
}

// claimFile makes the temporary file of a torrent that is a single file. A file that came under one of its names since the
// storage was opened is that of a process which begins at this moment: whoever locks it first has it, and the place.
func (s *Storage) claimFile() error {
	// All that was there is locked, unless it came after that and before it was looked for.
	if err := s.ownTemps(); err != nil || s.statusOf(0) != absent {
		return err
	}
	d, err := s.pool.folders.acquire(s, ".", true)
	if err != nil {
		return err
	}
	defer s.pool.folders.release(d)
	for kind := int(s.files[0].temp); kind < tempNames; kind++ {
		name, path := s.temp(0, kind), s.tempPath(0, kind)
		if name == "" {
			continue
		}
		f, err := s.tryTemp(d, 0, kind)
		switch {
		case err == nil:
			f.close()
		case isLongName(err):
			continue
		case !errors.Is(err, os.ErrExist):
			return fault(Create, "create", path, err)
		}
		before := len(s.place.own)
		if err := s.ownPath(path, false); err != nil {
			return err
		}
		if err != nil && (len(s.place.own) == before || !d.isEmpty(name)) {
			continue // it is somebody else's, and stays
		}
		s.mu.Lock()
		s.files[0].status, s.files[0].temp, s.files[0].last = part, uint8(kind), record{}
		s.mu.Unlock()
		s.place.made = true
		return nil
	}
	return nil // to be refused when it is written
}

// unclaim takes away what claim made if nothing came to lie there.
func (s *Storage) unclaim() {
	if !s.place.made {
		return
	}
	d, err := s.pool.folders.acquire(s, ".", false)
	if err != nil {
		return
	}
	defer s.pool.folders.release(d)
	name := s.name
	if s.info.SingleFile() {
		x := &s.files[0]
		if x.status != part {
			return
		}
		name = s.temp(0, int(x.temp))
	}
	if d.isEmpty(name) && s.pool.observe.before(OpRemove, filepath.Join(s.dir, name)) == nil {
		_ = d.root.Remove(name) // a folder that has something in it stays
	}
}

// isEmpty tells whether what lies under a name is a file without content, or a folder, which may not be empty.
func (d *folder) isEmpty(name string) bool {
	found, err := d.lookAt(name)
	return err == nil && (found.kind == aFolder || found.kind == regularFile && found.rec.size == 0)
}

// shareAbove locks the folders above the target together with others, as far as they are there. It may be called again when more of
// them are.
func (s *Storage) shareAbove() error {
	_, dir := deviceNear(s.dir)
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil // whoever wants to write there will say why that cannot be
	}
	for up := filepath.Dir(real); real != up; real, up = up, filepath.Dir(up) {
		if slices.Contains(s.place.shared, real) {
			continue
		}
		taken, err := s.pool.share(real)
		if err != nil {
			continue
		}
		if taken != nil {
			defer taken.Close()
			return &Error{Kind: Locked, Verb: "lock", Path: s.target(), Err: errAbove(real), PID: lockOwner(taken)}
		}
		s.place.shared = append(s.place.shared, real)
	}
	return nil
}

// share holds a folder for one more storage. A folder that somebody else has for himself comes back as taken.
func (p *Pool) share(path string) (taken *os.File, err error) {
	p.mu.Lock()
	x := p.shared[path]
	if x != nil {
		x.n++
	}
	p.mu.Unlock()
	if x != nil {
		return nil, nil
	}
	f, err := openToShare(path)
	if err != nil {
		return nil, err
	}
	if !tryLock(f, false) {
		return f, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if x := p.shared[path]; x != nil { // another storage was quicker
		x.n++
		f.Close()
		return nil, nil
	}
	p.shared[path] = &sharedFolder{f: f, n: 1}
	return nil, nil
}

func (p *Pool) unshare(path string) {
	p.mu.Lock()
	x := p.shared[path]
	if x.n--; x.n == 0 {
		delete(p.shared, path)
	} else {
		x = nil
	}
	p.mu.Unlock()
	if x != nil {
		x.f.Close()
	}
}

// ownPath locks a file or folder for this storage alone, if it is there.
func (s *Storage) ownPath(path string, folder bool) error {
	for range 10 {
		f, err := openToOwn(path, folder)
		if err != nil {
			return nil // it is not there, or not what can be written to: others see to that
		}
		if s.place.holds(f) {
			f.Close()
			return nil
		}
		if !tryLock(f, true) {
			defer f.Close()
			return &Error{Kind: Locked, Verb: "lock", Path: s.target(), Err: ErrLocked, PID: lockOwner(f)}
		}
		if !stillAt(f, path) {
			f.Close() // whoever had it gave it another name, or took it away
			continue
		}
		s.place.own = append(s.place.own, f)
		return nil
	}
	return nil
}

// holds tells whether an open file is locked already.
func (p *placeLock) holds(f *os.File) bool {
	found, err := f.Stat()
	return err == nil && slices.ContainsFunc(p.own, func(own *os.File) bool {
		held, err := own.Stat()
		return err == nil && os.SameFile(held, found)
	})
}

func stillAt(f *os.File, path string) bool {
	held, err := f.Stat()
	if err != nil {
		return false
	}
	found, err := os.Stat(path)
	return err == nil && os.SameFile(held, found)
}

// unlockPlace lets go of everything.
func (s *Storage) unlockPlace() {
	for _, f := range s.place.own {
		f.Close()
	}
	for _, path := range s.place.shared {
		s.pool.unshare(path)
	}
	s.place = placeLock{}
}

// errAbove says that a folder above is another download's.
type errAbove string

func (e errAbove) Error() string { return ErrLocked.Error() + ": it downloads " + string(e) }
func (e errAbove) Unwrap() error { return ErrLocked }

// enter keeps two storages of one process from writing to the same place, or one inside of the other's.
func (p *Pool) enter(target string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for other := range p.targets {
		if other == target || inside(other, target) || inside(target, other) {
			return &Error{Kind: Locked, Verb: "lock", Path: target, Err: ErrLocked, PID: os.Getpid()}
		}
	}
	p.targets[target] = struct{}{}
	return nil
}

func inside(folder, path string) bool {
	return strings.HasPrefix(path, folder) && path[len(folder)] == filepath.Separator
}

func (p *Pool) leave(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.targets, target)
}
