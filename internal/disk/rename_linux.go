package disk

import (
	"errors"

	"golang.org/x/sys/unix"
)

// renameNeedsClosed tells that an open file cannot be renamed.
const renameNeedsClosed = false

// renameNew renames within a folder, and fails with os.ErrExist where the new name is taken.
func renameNew(d *folder, from, to string) error {
	fd := int(d.dir.Fd())
	err := unix.Renameat2(fd, from, fd, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return linkNew(d, from, to) // not known to this file system
	}
	return err
}
