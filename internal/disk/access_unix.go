//go:build unix

package disk

import "golang.org/x/sys/unix"

// mayCreate tells whether this user may create files in a folder.
func mayCreate(d *folder) error {
	return unix.Faccessat(int(d.dir.Fd()), ".", unix.W_OK|unix.X_OK, 0)
}
