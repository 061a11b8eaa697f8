//go:build unix

package disk

import (
	"math"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// roomAt is what the file system has left that dir, which need not exist yet, lies on.
func roomAt(dir string) (room, error) {
	for {
		var st unix.Statfs_t
		err := unix.Statfs(dir, &st)
		if err == nil {
			return roomOf(&st), nil
		}
		up := filepath.Dir(dir)
		if !isGone(err) || up == dir {
			return room{}, fault(Open, "look at", dir, err)
		}
		dir = up
	}
}

// roomOf is what the system's answer means. Some file systems have no number of blocks or of files.
func roomOf(st *unix.Statfs_t) room {
	r := room{free: unknown, files: unknown, unit: min(max(int64(st.Bsize), 1), maxUnit)}
	if st.Blocks > 0 {
		r.free = int64(min(uint64(max(st.Bavail, 0)), math.MaxInt64/uint64(max(st.Bsize, 1)))) * int64(st.Bsize)
	}
	if st.Files > 0 {
		r.files = int64(min(uint64(st.Ffree), math.MaxInt64))
	}
	return r
}
