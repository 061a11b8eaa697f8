package metainfo

import (
	"io/fs"
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

func (f *diskFile) close() error {
	if err := syscall.Close(f.fd); err != nil {
		return &fs.PathError{Op: "close", Path: f.path, Err: err}
	}
	return nil
}

// retry repeats a system call that a signal interrupted.
func (f *diskFile) retry(op string, call func() error) error {
	for {
		switch err := call(); err {
		case nil:
			return nil
		case syscall.EINTR:
		default:
			return &fs.PathError{Op: op, Path: f.path, Err: err}
		}
	}
}
