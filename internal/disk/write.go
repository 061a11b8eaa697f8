package disk

import (
	"bytes"
	"context"
	"errors"
	"io"
)

// writebackEvery is how many bytes are written to a file before the system is asked to start writing them to disk,
// so that the sync at the end finds little left to do.
const writebackEvery = 16 << 20

// writePiece writes a piece whose hash is right: one call for each file it touches. Bytes that belong to a file which was
// there before are compared, not written, and before anything else is written.
func (s *Storage) writePiece(w *worker, j *job) error {
	if had, err := s.had(j.piece); had || err != nil {
		return err
	}
	for c := pieceCursor(s.info, j.piece); c.next(); {
		if s.statusOf(c.file) == final {
			if err := s.compareSpan(w, j.blocks, &c); err != nil {
				return err
			}
		}
	}
	for c := pieceCursor(s.info, j.piece); c.next(); {
		if st := s.statusOf(c.file); st == absent || st == part {
			if err := s.writeSpan(w, j.blocks, &c); err != nil {
				return err
			}
		}
	}
	s.wrote(j.piece)
	return nil
}

// had tells whether a piece is on disk already, and why nothing may be written any more.
func (s *Storage) had(piece int) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.have.has(piece), s.failure
}

func (s *Storage) statusOf(file int) status {
	if file == nowhere {
		return skipped
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files[file].status
}

// appendSegments adds the part [at, at+n) of a piece to v.
func appendSegments(v []segment, blocks []*Block, at, n int64) []segment {
	for n > 0 {
		b := blocks[at/BlockSize]
		from := at % BlockSize
		k := min(n, BlockSize-from)
		v = append(v, makeSegment(b[from:from+k]))
		at += k
		n -= k
	}
	return v
}

func (s *Storage) writeSpan(w *worker, blocks []*Block, c *cursor) error {
	t := s.pool.handles
	h, err := t.acquire(s, c.file, true)
	if err != nil {
		return err
	}
	defer t.release(h)
	if s.o.MinFree > 0 {
		s.pool.flying.Add(c.n)
		defer s.pool.flying.Add(-c.n)
		if err := s.keepFree(h, c.file); err != nil {
			return err
		}
	}
	if s.pool.observe != nil {
		err = s.pool.observe(OpWrite, s.currentPath(c.file))
	}
	if err == nil {
		w.vec = appendSegments(w.vec[:0], blocks, c.at, c.n)
		err = h.f.writeVec(w.vec, c.off)
		clear(w.vec) // so that no block is kept alive
	}
	if err != nil {
		return fault(IO, "write", s.Path(c.file), err)
	}
	s.startWriteback(h, c)
	return nil
}

func (s *Storage) startWriteback(h *handle, c *cursor) {
	s.mu.Lock()
	x := &s.files[c.file]
	x.backlog += int32(min(c.n, writebackEvery))
	start := x.backlog >= writebackEvery
	if start {
		x.backlog = 0
	}
	s.mu.Unlock()
	if start {
		h.f.startWriteback()
	}
}

// compareSpan compares the bytes of a span with what lies on disk.
func (s *Storage) compareSpan(w *worker, blocks []*Block, c *cursor) error {
	t := s.pool.handles
	h, err := t.acquire(s, c.file, false)
	if err != nil {
		return err
	}
	same, err := equalSpan(h, w.buffer(BlockSize), blocks, c)
	t.release(h)
	if err != nil {
		return s.readFault(c.file, err)
	}
	if same {
		return nil
	}
	if s.o.Overwrite {
		return s.replaceFile(context.Background(), c.file)
	}
	return &Error{Kind: InTheWay, Verb: "write", Path: s.Path(c.file), Err: ErrExists}
}

func equalSpan(h *handle, buf []byte, blocks []*Block, c *cursor) (bool, error) {
	for done := int64(0); done < c.n; {
		at := c.at + done
		b := blocks[at/BlockSize][at%BlockSize:]
		n := min(int64(len(b)), c.n-done)
		v := [1]segment{makeSegment(buf[:n])}
		if err := h.f.readVec(v[:], c.off+done); err != nil {
			return false, err
		}
		if !bytes.Equal(b[:n], buf[:n]) {
			return false, nil
		}
		done += n
	}
	return true, nil
}

// readFault says what a failed read of a file means.
func (s *Storage) readFault(file int, err error) error {
	var e *Error
	switch {
	case errors.As(err, &e) || errors.Is(err, ErrClosed):
		return err
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Kind: Changed, Verb: "read", Path: s.Path(file), Err: ErrShort}
	}
	return fault(IO, "read", s.Path(file), err)
}

// wrote takes note of a piece that is on disk, and has files finished that this was the last piece of.
func (s *Storage) wrote(piece int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(piece, true)
	s.startFinishing()
}

// note takes a piece for had, and its files for in need of a sync. The lock is held.
func (s *Storage) note(piece int, fresh bool) {
	if s.have.has(piece) {
		return
	}
	s.have.set(piece)
	for c := pieceCursor(s.info, piece); c.next(); {
		if c.file != nowhere && s.files[c.file].status != skipped {
			s.missing -= c.n
			if fresh {
				s.markDirty(c.file)
			}
			x := &s.files[c.file]
			if x.left--; x.left == 0 && s.checked {
				s.fileVerified(c.file)
			}
		}
	}
}

// markDirty notes that a file has to be synced before the state may speak of it. The lock is held.
func (s *Storage) markDirty(i int) {
	if x := &s.files[i]; !x.dirty && x.status != skipped {
		x.dirty = true
		s.dirty = append(s.dirty, i)
	}
}

// fileVerified notes that all bytes of a file are right. The lock is held.
func (s *Storage) fileVerified(i int) {
	x := &s.files[i]
	if x.status == final {
		s.unfinished--
		return
	}
	if !x.ready {
		x.ready = true
		s.ready = append(s.ready, i)
	}
}
