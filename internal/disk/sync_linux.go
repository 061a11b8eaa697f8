package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// startWriteback has the system begin to write a file's dirty pages, without waiting for it.
func startWriteback(fd uintptr) {
	// It is advice: where it fails, the sync at the end does the work.
	_ = unix.SyncFileRange(int(fd), 0, 0, unix.SYNC_FILE_RANGE_WRITE)
}

// syncData brings a file's data and size to disk.
func syncData(h *handle) error {
	for {
		err := unix.Fdatasync(int(h.fd))
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

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
