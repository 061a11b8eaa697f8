package disk

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// lockOwner is the process that holds a lock on an open file, 0 where it cannot be told. The kernel lists all locks as
// "1: FLOCK ADVISORY WRITE 123 08:01:4567 0 EOF": process, device and inode are the fifth and sixth field.
func lockOwner(f *os.File) int {
	var st unix.Stat_t
	list, err := os.ReadFile("/proc/locks")
	if err != nil || unix.Fstat(int(f.Fd()), &st) != nil {
		return 0
	}
	exact := fmt.Sprintf("%02x:%02x:%d", unix.Major(uint64(st.Dev)), unix.Minor(uint64(st.Dev)), st.Ino)
	inode := fmt.Sprintf(":%d", st.Ino) // some file systems have devices of their own for what the kernel calls another
	near := 0
	for line := range strings.Lines(string(list)) {
		field := strings.Fields(line)
		if len(field) < 6 || field[1] != "FLOCK" {
			continue
		}
		pid, _ := strconv.Atoi(field[4])
		switch {
		case field[5] == exact:
			return max(pid, 0)
		case strings.HasSuffix(field[5], inode):
			near = max(pid, 0)
		}
	}
	return near
}
