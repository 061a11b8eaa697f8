package metainfo

import (
	"errors"
	"io"
	"io/fs"
	"math"
	"syscall"
	"time"
)

// diskFile is a file that is open for reading. It spares the system calls
// that prepare an os.File for things which files on disk do not need; with
// many small files those take most of the time.
type diskFile struct {
	fd   int
	path string
}

func openFile(path string) (*diskFile, error) {
	f := &diskFile{path: path}
	err := f.retry("open", func() (err error) {
		f.fd, err = syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_LARGEFILE, 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// readAt reads from an offset. It returns 0 and no error at the end of the
// file, and may return less than was asked for.
func (f *diskFile) readAt(buf []byte, off int64) (n int, err error) {
	err = f.retry("read", func() (err error) {
		n, err = syscall.Pread(f.fd, buf, off)
		return err
	})
	return n, err
}

func (f *diskFile) stamp() (stamp, error) {
	var st syscall.Stat_t
	if err := f.retry("stat", func() error { return syscall.Fstat(f.fd, &st) }); err != nil {
		return stamp{}, err
	}
	return stamp{st.Size, time.Unix(st.Mtim.Unix())}, nil
}

// sparse tells whether the file takes less room on disk than it is long, so
// that it may have holes.
func (f *diskFile) sparse() bool {
	var st syscall.Stat_t
	err := f.retry("stat", func() error { return syscall.Fstat(f.fd, &st) })
	return err == nil && st.Blocks*512 < st.Size
}

// The ways of lseek(2) that look for data and for holes.
const (
	seekData = 3
	seekHole = 4
)

// extent tells where the data or the hole that off lies in ends. Where the
// file system knows of no holes, everything is data.
func (f *diskFile) extent(off int64) (end int64, hole bool) {
	data, err := syscall.Seek(f.fd, off, seekData)
	switch {
	case err == syscall.ENXIO: // nothing but a hole follows, if anything
		end, err = syscall.Seek(f.fd, 0, io.SeekEnd)
		return end, err == nil && end > off
	case err != nil:
		return math.MaxInt64, false
	case data > off:
		return data, true
	}
	if end, err = syscall.Seek(f.fd, off, seekHole); err != nil || end <= off {
		return math.MaxInt64, false
	}
	return end, false
}

func (f *diskFile) close() error {
	if err := syscall.Close(f.fd); err != nil {
		return &fs.PathError{Op: "close", Path: f.path, Err: err}
	}
	return nil
}

// retry repeats a system call that a signal interrupted.
func (f *diskFile) retry(op string, call func() error) error {
	for {
		err := call()
		if err == nil {
			return nil
		}
		if !errors.Is(err, syscall.EINTR) {
			return &fs.PathError{Op: op, Path: f.path, Err: err}
		}
	}
}
