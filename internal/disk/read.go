package disk

// vecRoom is how many buffers a read takes at once without allocating.
const vecRoom = 64

// ReadAt fills p from the offset off of the piece space, across files. Padding reads as zeros. What is not on
// disk any more, or was altered, gives an *Error of the kind Changed.
func (s *Storage) ReadAt(p []byte, off int64) error {
	if !s.inside(off, int64(len(p))) {
		return ErrRange
	}
	for c := newCursor(s.info, off, int64(len(p))); c.next(); {
		q := p[c.at : c.at+c.n]
		if c.file == nowhere {
			clear(q)
			continue
		}
		v := [1]segment{makeSegment(q)}
		if err := s.readSpan(c.file, v[:], c.off); err != nil {
			return err
		}
	}
	return nil
}

// ReadVec fills the buffers, one after the other, with consecutive bytes from the offset off of the piece
// space: with one call to the system where they lie in one file. It does not allocate.
func (s *Storage) ReadVec(bufs [][]byte, off int64) error {
	total := int64(0)
	for _, b := range bufs {
		total += int64(len(b))
	}
	if !s.inside(off, total) {
		return ErrRange
	}
	var room [vecRoom]segment
	used := 0 // bytes of bufs[0] that are filled
	for c := newCursor(s.info, off, total); c.next(); {
		at := c.off
		for left := c.n; left > 0; {
			v, n := room[:0], int64(0)
			for len(v) < vecRoom && n < left {
				b := bufs[0][used:]
				if int64(len(b)) > left-n {
					b = b[:left-n]
				}
				if used += len(b); used == len(bufs[0]) {
					bufs, used = bufs[1:], 0
				}
				if len(b) > 0 {
					v = append(v, makeSegment(b))
					n += int64(len(b))
				}
			}
			if err := s.readSpan(c.file, v, at); err != nil {
				return err
			}
			at += n
			left -= n
		}
	}
	return nil
}

func (s *Storage) inside(off, n int64) bool {
	return off >= 0 && off <= s.info.Length && n <= s.info.Length-off
}

// readSpan fills the segments from a file, or with zeros where there is none.
func (s *Storage) readSpan(file int, v []segment, off int64) error {
	if file == nowhere {
		for i := range v {
			clear(segmentBytes(&v[i]))
		}
		return nil
	}
	t := s.pool.handles
	h, err := t.acquire(s, file, false)
	if err != nil {
		return err
	}
	defer t.release(h)
	if err := s.stillSame(file, h); err != nil {
		return err
	}
	if err := h.f.readVec(v, off); err != nil {
		return s.readFault(file, err)
	}
	return nil
}
