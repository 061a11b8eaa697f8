package disk

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isFull tells whether an error means that there is no space or no quota left.
func isFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) ||
		errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

// isLongName tells whether an error means that the file system wants shorter names.
func isLongName(err error) bool {
	return errors.Is(err, windows.ERROR_FILENAME_EXCED_RANGE) || errors.Is(err, windows.ERROR_BUFFER_OVERFLOW)
}

// isLink tells whether an error means that a symbolic link was met where none may be.
func isLink(error) bool { return false }

// isNoFile tells whether an error means that what lies there cannot be opened as a file; it is looked at before.
func isNoFile(error) bool { return false }

// isNotFolder tells whether an error means that a file lies where a folder should.
func isNotFolder(err error) bool {
	return errors.Is(err, windows.ERROR_DIRECTORY)
}
