package disk

import (
	"errors"

	"golang.org/x/sys/unix"
)

// holeFinder tells which ranges of temporary files were never written. Asked in ascending order, it takes one call to
// the system for each stretch of data or nothing.
type holeFinder struct {
	s    *Storage
	file int
	h    *handle
	from int64 // where the next data begins, as seen from what was asked last
	to   int64 // where that data ends
	mute bool  // the file system cannot tell
}

func (t *holeFinder) leave() {
	if t.h != nil {
		t.s.pool.handles.release(t.h)
		t.h = nil
	}
}

// holeFinder pins one file, which is open while the pieces are sorted.
func (t *holeFinder) enter(file int) bool {
	if t.h != nil && t.file == file {
		return true
	}
	t.leave()
	h, err := t.s.pool.handles.acquire(t.s, file, false)
	if err != nil {
		return false
	}
	t.h, t.file, t.from, t.to, t.mute = h, file, 0, 0, false
	return true
}

// hole tells whether [off, off+n) of a file is all hole. When in doubt, it is not.
func (t *holeFinder) hole(file int, off, n int64) bool {
	if !t.enter(file) || t.mute {
		return false
	}
	if off >= t.to {
		if !t.seek(off) {
			return false
		}
	}
	return off+n <= t.from
}

// seek finds the next data from off on, and where it ends.
func (t *holeFinder) seek(off int64) bool {
	const end = 1 << 62
	data, err := unix.Seek(t.h.f.fd, off, unix.SEEK_DATA)
	if errors.Is(err, unix.ENXIO) {
		t.from, t.to = end, end // nothing but hole up to the end
		return true
	}
	if err != nil {
		t.mute = true
		return false
	}
	hole, err := unix.Seek(t.h.f.fd, data, unix.SEEK_HOLE)
	if err != nil {
		t.mute = true
		return false
	}
	t.from, t.to = data, hole
	return true
}
