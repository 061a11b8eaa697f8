//go:build !linux

package disk

import (
	"os"
	"runtime"
)

// syncFolder makes the names in a folder durable, where a folder can be synced.
func syncFolder(d *os.File) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	return d.Sync()
}

// syncFileSystem syncs all of the file system that d lies on; false where there is no such call.
func syncFileSystem(*os.File) (bool, error) { return false, nil }
