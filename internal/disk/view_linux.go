package disk

import (
	"math"
	"sync"

	"golang.org/x/sys/unix"
)

// maxViews bounds how often a file is mapped anew because it grew.
const maxViews = 16

// views are the mappings of one open file. A file that grows is mapped again, and the older mapping stays, as it
// may be in use.
type views struct {
	mu   sync.Mutex
	maps [][]byte
}

// upTo gives a mapping from the start of the file that reaches to end, or nil.
func (v *views) upTo(f diskFile, end int64) []byte {
	v.mu.Lock()
	defer v.mu.Unlock()
	if k := len(v.maps); k > 0 && int64(len(v.maps[k-1])) >= end {
		return v.maps[k-1]
	}
	if len(v.maps) == maxViews {
		return nil
	}
	now, err := f.look()
	if err != nil || now.rec.size < end || now.rec.size > math.MaxInt {
		return nil
	}
	m, err := unix.Mmap(f.fd, 0, int(now.rec.size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil
	}
	v.maps = append(v.maps, m)
	return m
}

// drop ends all mappings.
func (v *views) drop() {
	for _, m := range v.maps {
		_ = unix.Munmap(m)
	}
	v.maps = nil
}
