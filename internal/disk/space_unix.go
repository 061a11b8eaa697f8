//go:build unix

package disk

import (
	"path/filepath"

	"golang.org/x/sys/unix"
)

// freeSpace is how many bytes this user may still write below dir, which need not exist yet.
func freeSpace(dir string) (int64, error) {
	for {
		var st unix.Statfs_t
		err := unix.Statfs(dir, &st)
		if err == nil {
			return int64(st.Bavail) * int64(st.Bsize), nil
		}
		up := filepath.Dir(dir)
		if !isGone(err) || up == dir {
			return 0, fault(Open, "look at", dir, err)
		}
		dir = up
	}
}
