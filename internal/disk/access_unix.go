//go:build unix

package disk

import "golang.org/x/sys/unix"

// mayCreate tells whether this user may create files and folders in a folder.
func mayCreate(path string) error {
	return unix.Access(path, unix.W_OK|unix.X_OK)
}
