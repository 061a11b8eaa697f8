//go:build !linux

package metainfo

import (
	"io"
	"os"
)

// diskFile is a file that is open for reading.
type diskFile struct{ f *os.File }

func openFile(path string) (*diskFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &diskFile{f}, nil
}

// readAt reads from an offset. It returns 0 and no error at the end of the
// file, and may return less than was asked for.
func (f *diskFile) readAt(buf []byte, off int64) (int, error) {
	n, err := f.f.ReadAt(buf, off)
	if err == io.EOF {
		err = nil
	}
	return n, err
}

func (f *diskFile) stamp() (stamp, error) {
	st, err := f.f.Stat()
	if err != nil {
		return stamp{}, err
	}
	return stamp{st.Size(), st.ModTime()}, nil
}

// sparse tells whether the file may have holes that can be found.
func (f *diskFile) sparse() bool { return false }

// extent tells where the data or the hole that off lies in ends.
func (f *diskFile) extent(off int64) (end int64, hole bool) { return off, false }

func (f *diskFile) close() error { return f.f.Close() }
