package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncFolder makes the names in a folder durable. File systems that cannot do that say EINVAL.
func syncFolder(d *os.File) error {
	if err := d.Sync(); err != nil && !errors.Is(err, unix.EINVAL) {
		return err
	}
	return nil
}

// syncFileSystem syncs all of the file system that d lies on; false where there is no such call.
func syncFileSystem(d *os.File) (bool, error) {
	err := unix.Syncfs(int(d.Fd()))
	if errors.Is(err, unix.ENOSYS) {
		return false, nil
	}
	return true, err
}
