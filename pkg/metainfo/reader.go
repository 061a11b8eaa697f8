package metainfo

import (
	"io"
	"sort"
)

// reader reads the piece space from files on disk. It keeps the file open
// that it read last, so that reading in order opens each file once. One
// goroutine uses it.
type reader struct {
	info  *Info
	open  func(file int) (*diskFile, error)
	close func(file int, f *diskFile) error
	file  int       // the one that is open
	f     *diskFile // nil if none is
	holes holes     // of f
}

// fileError is a failure to read one file of a torrent.
type fileError struct {
	file int
	err  error
}

func (e *fileError) Error() string { return e.err.Error() }
func (e *fileError) Unwrap() error { return e.err }

// read fills buf from the piece space, starting at off. Padding and what no
// file holds is zero. The error is a *fileError.
func (r *reader) read(off int64, buf []byte) error {
	files := r.info.Files
	n := sort.Search(len(files), func(n int) bool { return files[n].End() > off })
	for ; len(buf) > 0; n++ {
		if n == len(files) {
			clear(buf)
			return nil
		}
		f := &files[n]
		if gap := min(f.Offset-off, int64(len(buf))); gap > 0 {
			clear(buf[:gap])
			buf, off = buf[gap:], off+gap
		}
		part := buf[:min(f.End()-off, int64(len(buf)))]
		if f.Pad {
			clear(part)
		} else if len(part) > 0 {
			if err := r.readFile(n, off-f.Offset, part); err != nil {
				return err
			}
		}
		buf, off = buf[len(part):], off+int64(len(part))
	}
	return nil
}

func (r *reader) readFile(file int, off int64, buf []byte) error {
	if err := r.turnTo(file); err != nil {
		return err
	}
	for len(buf) > 0 {
		n, err := r.f.readAt(buf, off)
		if err == nil && n == 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return &fileError{file, err}
		}
		buf, off = buf[n:], off+int64(n)
	}
	return nil
}

// turnTo opens a file unless it is the one that is open.
func (r *reader) turnTo(file int) error {
	if r.f != nil && r.file == file {
		return nil
	}
	if err := r.done(); err != nil {
		return err
	}
	f, err := r.open(file)
	if err != nil {
		return &fileError{file, err}
	}
	r.file, r.f, r.holes = file, f, holes{}
	if r.info.Files[file].Length >= leastSparse {
		r.holes.some = f.sparse()
	}
	return nil
}

// hole tells whether n bytes of the piece space from off on lie in one file
// and in a hole of it, so that they are zero without being read.
func (r *reader) hole(off, n int64) bool {
	files := r.info.Files
	at := sort.Search(len(files), func(n int) bool { return files[n].End() > off })
	if at == len(files) {
		return false
	}
	f := &files[at]
	if f.Pad || f.Length < leastSparse || off < f.Offset || off+n > f.End() {
		return false
	}
	// What cannot be opened is for whoever reads it to find out.
	return r.turnTo(at) == nil && r.holes.some && r.holes.cover(r.f, off-f.Offset, n)
}

// done closes the file that is open.
func (r *reader) done() error {
	if r.f == nil {
		return nil
	}
	f := r.f
	r.f = nil
	if err := r.close(r.file, f); err != nil {
		return &fileError{r.file, err}
	}
	return nil
}
