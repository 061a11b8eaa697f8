//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// openToShare opens a folder that is to be locked together with others. The folders that everybody may write to, /tmp and its
// like, and the root, are nobody's target, and services that clean them lock them too: they are refused.
func openToShare(path string) (*os.File, error) {
	f, err := openBare(path, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	if fi, err := f.Stat(); err != nil || fi.Mode()&os.ModeSticky != 0 {
		f.Close()
		return nil, os.ErrInvalid
	}
	return f, nil
}

// openToOwn opens a folder, or a temporary file, that is to be locked alone. Network file systems want files open for writing.
func openToOwn(path string, folder bool) (*os.File, error) {
	if folder {
		return openBare(path, unix.O_RDONLY|unix.O_DIRECTORY)
	}
	f, err := openBare(path, unix.O_RDWR|unix.O_NOFOLLOW)
	if err == nil {
		if fi, err := f.Stat(); err != nil || !fi.Mode().IsRegular() {
			f.Close()
			return nil, ErrNotFile
		}
	}
	return f, err
}

func openBare(path string, flags int) (*os.File, error) {
	for {
		fd, err := unix.Open(path, flags|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
		if err == nil {
			return os.NewFile(uintptr(fd), path), nil
		}
		if !errors.Is(err, unix.EINTR) {
			return nil, err
		}
	}
}

// tryLock locks an open file or folder until it is closed, and reports false where somebody else has it. Where the file system
// has no locks, everybody gets one.
func tryLock(f *os.File, alone bool) bool {
	how := unix.LOCK_SH | unix.LOCK_NB
	if alone {
		how = unix.LOCK_EX | unix.LOCK_NB
	}
	for {
		err := unix.Flock(int(f.Fd()), how)
		if !errors.Is(err, unix.EINTR) {
			return !errors.Is(err, unix.EWOULDBLOCK)
		}
	}
}
