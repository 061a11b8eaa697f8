package disk

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// freeSpace is how many bytes this user may still write below dir, which need not exist yet.
func freeSpace(dir string) (int64, error) {
	for {
		name, err := windows.UTF16PtrFromString(dir)
		if err != nil {
			return 0, fault(Open, "look at", dir, err)
		}
		var free uint64
		err = windows.GetDiskFreeSpaceEx(name, &free, nil, nil)
		if err == nil {
			return int64(free), nil
		}
		up := filepath.Dir(dir)
		if !isGone(err) || up == dir {
			return 0, fault(Open, "look at", dir, err)
		}
		dir = up
	}
}
