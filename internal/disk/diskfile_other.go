//go:build !linux

package disk

import (
	"os"
	"path/filepath"
	"runtime"
)

// diskFile is an open file.
type diskFile struct{ f *os.File }

// createFile makes a file that must not exist.
func (d *folder) createFile(name string) (diskFile, error) {
	f, err := d.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	return diskFile{f}, err
}

// openPart opens a file to be read and written. A symbolic link is refused.
func (d *folder) openPart(name string) (diskFile, error) {
	fi, err := d.root.Lstat(name)
	if err != nil {
		return diskFile{}, err
	}
	if !fi.Mode().IsRegular() {
		return diskFile{}, ErrNotFile
	}
	f, err := d.root.OpenFile(name, os.O_RDWR, 0)
	return diskFile{f}, err
}

// openFinal opens a file to be read. A symbolic link is followed unless it leads outside.
func (d *folder) openFinal(name string) (diskFile, error) {
	fi, err := d.root.Stat(name)
	if err != nil {
		return diskFile{}, err
	}
	if !fi.Mode().IsRegular() {
		return diskFile{}, ErrNotFile // to open a pipe would be to wait
	}
	f, err := d.root.Open(name)
	return diskFile{f}, err
}

// openPath opens a file to be read, through links of the user's own.
func openPath(path string) (diskFile, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return diskFile{}, err
	}
	if !fi.Mode().IsRegular() {
		return diskFile{}, ErrNotFile
	}
	f, err := os.Open(path)
	return diskFile{f}, err
}

func (f diskFile) close() { f.f.Close() }

// stream gives an os.File in the place of f.
func (f diskFile) stream(string) *os.File { return f.f }

// look tells how an open file looks.
func (f diskFile) look() (sight, error) {
	fi, err := f.f.Stat()
	if err != nil {
		return sight{}, err
	}
	return seen(fi), nil
}

// lookAt tells how what lies under a name looks; a link is a link.
func (d *folder) lookAt(name string) (sight, error) {
	fi, err := d.root.Lstat(name)
	if err != nil {
		return sight{}, err
	}
	return seen(fi), nil
}

// free is how many bytes the file system of an open file has left for this user.
func (f diskFile) free() (int64, error) {
	r, err := roomAt(filepath.Dir(f.f.Name()))
	return r.free, err
}

// sync brings data and size to disk.
func (f diskFile) sync(writable bool) error {
	if !writable && runtime.GOOS == "windows" {
		return nil // only what is open for writing can be synced there
	}
	return f.f.Sync()
}

// startWriteback has the system begin to write a file's dirty pages; there is no call for it here.
func (f diskFile) startWriteback() {}
