package disk

import (
	"context"
	"crypto/sha256"
	"os"
	"slices"
)

// Checkpoint syncs the data and then writes the state that speaks of it. When ctx ends first it returns with its error
// while the work goes on behind.
func (s *Storage) Checkpoint(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	s.jobs++ // Close waits
	s.mu.Unlock()
	ended := make(chan error, 1)
	go func() {
		ended <- s.checkpoint()
		s.mu.Lock()
		s.jobs--
		s.idle.Broadcast()
		s.mu.Unlock()
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Storage) checkpoint() error {
	if s.o.ReadOnly {
		return nil
	}
	err := s.explain(s.secure())
	s.mu.Lock()
	lost := err != nil && s.doubt
	s.mu.Unlock()
	if lost {
		s.fail(err)
	}
	return err
}

// secure syncs what was written, and writes the state. The state speaks of no piece that came after the sync began.
func (s *Storage) secure() error {
	s.syncing.Lock()
	defer s.syncing.Unlock()
	s.mu.Lock()
	if !s.checked || s.doubt {
		defer s.mu.Unlock()
		return s.failure // before a check, the state on disk knows better
	}
	have := slices.Clone(s.have)
	var list []int
	for _, i := range s.dirty {
		if s.files[i].dirty {
			list = append(list, i)
			s.files[i].dirty = false
		}
	}
	s.dirty = s.dirty[:0]
	s.mu.Unlock()
	if err := s.syncAndRecord(list); err != nil {
		return s.doubtful(err)
	}
	return s.saveState(have)
}

// syncAndRecord syncs files, and the folders made for them, and notes how the files look then.
func (s *Storage) syncAndRecord(list []int) error {
	if err := s.syncFiles(list); err != nil {
		return err
	}
	rels := make(map[string]struct{})
	for _, i := range list {
		rec, st, err := s.look(i)
		if err != nil {
			return err
		}
		if _, known := rels[s.folder(i)]; !known {
			if err := s.inPlace(s.folder(i)); err != nil {
				return err
			}
		}
		rels[s.folder(i)] = struct{}{}
		s.mu.Lock()
		// A file with its final name keeps the record of its verification: if it was altered since, that must show.
		if x := &s.files[i]; st == part || x.rec == (record{}) {
			x.rec = rec
		}
		s.mu.Unlock()
	}
	if !s.state.kept() {
		return nil
	}
	return s.syncFolders(rels)
}

// look records how a file looks now.
func (s *Storage) look(i int) (record, status, error) {
	s.mu.Lock()
	st, kind := s.files[i].status, int(s.files[i].temp)
	s.mu.Unlock()
	d, err := s.pool.folders.acquire(s, s.folder(i), false)
	if err != nil {
		return record{}, st, asChanged(err)
	}
	defer s.pool.folders.release(d)
	name := s.base(i)
	if st == part {
		name = s.temp(i, kind)
	}
	found, err := d.lookAt(name)
	if err == nil && found.kind == aLink {
		var fi os.FileInfo
		if fi, err = d.root.Stat(name); err == nil {
			found = seen(fi)
		}
	}
	if err != nil {
		return record{}, st, asChanged(fault(IO, "look at", s.currentPath(i), err))
	}
	return found.rec, st, nil
}

// saveState writes the state if it says anything new.
func (s *Storage) saveState(have bitmap) error {
	if !s.state.kept() {
		return nil
	}
	st := state{have: have}
	s.mu.Lock()
	st.uploaded, st.downloaded = s.uploaded, s.downloaded
	for i := range s.files {
		if x := &s.files[i]; (x.status == part || x.status == final) && x.rec != (record{}) {
			st.records = append(st.records, fileRecord{i, x.rec})
		}
	}
	st.foreign = s.shunned()
	last := s.saved
	s.mu.Unlock()
	b := encodeState(s.info, s.target(), &st)
	sum := [32]byte(b[len(b)-sha256.Size:])
	if sum == last {
		return nil
	}
	if err := s.state.replace(resumeSuffix, b); err != nil {
		return err
	}
	s.mu.Lock()
	s.saved = sum
	s.mu.Unlock()
	return nil
}
