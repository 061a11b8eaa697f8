package disk

import (
	"os"
	"path/filepath"
	"slices"
)

// volume is a file system that a storage has files on.
type volume struct {
	dev  uint64
	path string // a folder on it
	unit int64  // see room
}

// maxVolumes bounds how many are told apart; files on any more count with the first.
const maxVolumes = 255

// wants is what is still to be put on a file system.
type wants struct{ bytes, files int64 }

// onVolume gives the index of a file system among s.volumes, which it is added to. Used while a storage is opened.
func (s *Storage) onVolume(dev uint64, path string) uint8 {
	i := slices.IndexFunc(s.volumes, func(v volume) bool { return v.dev == dev })
	if i < 0 && len(s.volumes) < maxVolumes {
		i = len(s.volumes)
		s.volumes = append(s.volumes, volume{dev: dev, path: path, unit: maxUnit})
	}
	return uint8(max(i, 0))
}

// deviceNear is the file system of a folder, or of the first above it that exists.
func deviceNear(dir string) (dev uint64, path string) {
	for {
		fi, err := os.Stat(dir)
		up := filepath.Dir(dir)
		if err == nil {
			return deviceOf(fi), dir
		}
		if up == dir {
			return 0, dir
		}
		dir = up
	}
}

// toStore is what file i will still take on disk: by its size and what it has there, since a temporary file has holes, and by
// the pieces that are to come for it. The lock is held.
func (s *Storage) toStore(i int) (w wants) {
	x := &s.files[i]
	size := s.info.Files[i].Length
	unit := s.volumes[x.volume].unit
	whole := (size + unit - 1) / unit * unit
	switch x.status {
	case absent:
		return wants{bytes: whole, files: 1}
	case part:
		w.bytes = max(0, min(whole-x.stored, int64(x.left)*s.info.PieceLength))
	}
	return w
}

// wantsNear is what is still to be put on the file system that a path lies on.
func (s *Storage) wantsNear(path string) wants {
	dev, _ := deviceNear(filepath.Dir(path))
	return s.wantsOn(dev)
}

// wantsOn is what is still to be put on a file system.
func (s *Storage) wantsOn(dev uint64) (sum wants) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.files {
		x := &s.files[i]
		if x.status != skipped && x.status != final && s.volumes[x.volume].dev == dev {
			w := s.toStore(i)
			sum.bytes += w.bytes
			sum.files += w.files
		}
	}
	return sum
}

// preflight sees whether everything that is to come has room, beside what the other storages of the process are still to
// store. Files to be replaced keep their place until the new ones are complete.
func (s *Storage) preflight(replace []int) error {
	if s.o.ReadOnly {
		return nil
	}
	rooms := make([]room, len(s.volumes))
	for i := range s.volumes {
		r, err := s.pool.roomAt(s.volumes[i].path)
		if err != nil {
			return err
		}
		rooms[i], s.volumes[i].unit = r, r.unit
	}
	need := s.reserve(replace)
	for i, w := range need {
		r, v := rooms[i], &s.volumes[i]
		short := &SpaceError{Need: w.bytes, Free: r.free, Keep: s.o.MinFree, Others: s.pool.promised(s, v.dev)}
		switch {
		case w.bytes > 0 && r.free != unknown && r.free-short.Keep-short.Others < w.bytes:
		case w.files > 0 && r.files != unknown && r.files < w.files:
			short = &SpaceError{NeedFiles: w.files, FreeFiles: r.files, Free: r.free}
		default:
			continue
		}
		s.pool.release(s)
		return &Error{Kind: Full, Verb: "store", Path: s.target(), Err: short}
	}
	return nil
}

// reserve takes down what is to be stored on each volume, for the storages that are checked after this one.
func (s *Storage) reserve(replace []int) []wants {
	need := make([]wants, len(s.volumes))
	s.mu.Lock()
	for i := range s.files {
		if s.files[i].status != skipped {
			w := s.toStore(i)
			v := &need[s.files[i].volume]
			v.bytes, v.files = v.bytes+w.bytes, v.files+w.files
		}
	}
	for _, i := range replace {
		v := &need[s.files[i].volume]
		v.bytes, v.files = v.bytes+s.info.Files[i].Length, v.files+1
	}
	s.mu.Unlock()
	byDevice := make(map[uint64]int64)
	for i, w := range need {
		byDevice[s.volumes[i].dev] += w.bytes
	}
	p := s.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reserved = append(p.reserved, reservation{s, byDevice})
	return need
}

// reservation is what a storage was to put on each file system when it was checked.
type reservation struct {
	s     *Storage
	bytes map[uint64]int64 // by device
}

// promised is what the storages that were checked before s are still to put on a file system.
func (p *Pool) promised(s *Storage, dev uint64) (sum int64) {
	p.mu.Lock()
	before := p.reserved[:max(0, slices.IndexFunc(p.reserved, func(r reservation) bool { return r.s == s }))]
	before = slices.Clone(before)
	p.mu.Unlock()
	for _, r := range before {
		sum += min(r.bytes[dev], r.s.Need())
	}
	return sum
}

// release forgets what a storage was to store.
func (p *Pool) release(s *Storage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reserved = slices.DeleteFunc(p.reserved, func(r reservation) bool { return r.s == s })
}
