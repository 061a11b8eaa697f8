package disk

import (
	"math"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// roomAt is what the volume has left that dir, which need not exist yet, lies on.
func roomAt(dir string) (room, error) {
	for {
		name, err := windows.UTF16PtrFromString(dir)
		if err != nil {
			return room{}, fault(Open, "look at", dir, err)
		}
		var free uint64
		err = windows.GetDiskFreeSpaceEx(name, &free, nil, nil)
		if err == nil {
			return room{free: int64(min(free, math.MaxInt64)), files: unknown, unit: maxUnit}, nil
		}
		up := filepath.Dir(dir)
		if !isGone(err) || up == dir {
			return room{}, fault(Open, "look at", dir, err)
		}
		dir = up
	}
}
