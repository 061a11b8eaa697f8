//go:build !linux

package disk

import (
	"os"
	"runtime"
)

// startWriteback has the system begin to write a file's dirty pages; there is no call for it here.
func startWriteback(uintptr) {}

// syncData brings a file's data and size to disk.
func syncData(h *handle) error {
	if !h.writable && runtime.GOOS == "windows" {
		return nil // only what is open for writing can be synced there
	}
	return h.f.Sync()
}

// syncFolder makes the names in a folder durable, where a folder can be synced.
func syncFolder(d *os.File) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	return d.Sync()
}

// syncFileSystem syncs all of the file system that d lies on; false where there is no such call.
func syncFileSystem(*os.File) (bool, error) { return false, nil }
