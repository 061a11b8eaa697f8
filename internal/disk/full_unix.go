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

// isNotFolder tells whether an error means that a file lies where a folder should.
func isNotFolder(err error) bool { return errors.Is(err, syscall.ENOTDIR) }
