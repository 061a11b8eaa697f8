//go:build unix

package disk

import (
	"errors"
	"syscall"
)

// isFull tells whether an error means that there is no space or no quota left.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// isLongName tells whether an error means that the file system wants shorter names.
func isLongName(err error) bool { return errors.Is(err, syscall.ENAMETOOLONG) }

// isLink tells whether an error means that a symbolic link was met where none may be.
func isLink(err error) bool { return errors.Is(err, syscall.ELOOP) }

// isNoFile tells whether an error means that what lies there cannot be opened as a file: a link, a folder, a socket.
func isNoFile(err error) bool {
	return isLink(err) || errors.Is(err, syscall.EISDIR) || errors.Is(err, syscall.ENXIO)
}

// isNotFolder tells whether an error means that a file lies where a folder should.
func isNotFolder(err error) bool { return errors.Is(err, syscall.ENOTDIR) }
