package disk

// View shows n bytes from the offset off of the piece space where they lie, in a mapping of the file that holds all of
// them. Only the kernel may touch them, as the source of a write to a socket: where the file was cut short, such a call fails, and
// any other access would end the process. They are there until pin is let go. It reports false where there is no
// such mapping; ReadVec then tells why, or reads them.
func (s *Storage) View(off int64, n int) (b []byte, pin interface{ Release() }, ok bool) {
	if n <= 0 || !s.inside(off, int64(n)) {
		return nil, nil, false
	}
	c := newCursor(s.info, off, int64(n))
	if !c.next() || c.file == nowhere || c.n != int64(n) {
		return nil, nil, false
	}
	h, ok := s.pool.handles.acquireView(s, c.file)
	if !ok {
		return nil, nil, false
	}
	if s.stillSame(c.file, h) != nil {
		h.Release()
		return nil, nil, false
	}
	all := h.views.upTo(h.f, c.off+int64(n))
	if all == nil {
		h.Release()
		return nil, nil, false
	}
	return all[c.off : c.off+int64(n)], h, true
}
