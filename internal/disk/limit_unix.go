//go:build unix

package disk

import "golang.org/x/sys/unix"

// fileLimit is how many files the process may have open.
func fileLimit() int {
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &r) != nil {
		return 256
	}
	return int(min(uint64(r.Cur), 1<<20))
}
