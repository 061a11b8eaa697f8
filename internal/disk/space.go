package disk

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// room is what a file system has left.
type room struct {
	free  int64 // bytes that this user may still write
	files int64 // files that can still be made; unknown where there is no such limit
	unit  int64 // files take whole multiples of so many bytes
}

// unknown is a number that a file system does not tell.
const unknown = -1

// maxUnit bounds room.unit: network file systems name the size of their transfers.
const maxUnit = 4096

// SpaceError is the cause of every *Error of the kind Full that this package finds or can explain: how much is wanted, and how much
// there is. Numbers are of bytes but for the last two; 0 stands for nothing to tell.
type SpaceError struct {
	Need   int64 // still to be stored on the file system
	Free   int64 // left there for this user
	Keep   int64 // of Free, to be left alone: Options.MinFree
	Others int64 // of Free, what other downloads of this process are still to store
	// NeedFiles and FreeFiles are set where it is names, not bytes, that there is no room for.
	NeedFiles, FreeFiles int64
	Err                  error // what the system said; nil where it was found out before
}

// Error reads "needs 12.0 GiB, 3.0 GiB free", with what is set apart in brackets, after the system's own words if there are any.
func (e *SpaceError) Error() string {
	var b strings.Builder
	if e.Err != nil {
		b.WriteString(e.Err.Error() + ": ")
	}
	if e.NeedFiles > 0 {
		fmt.Fprintf(&b, "needs %d more files, %d can be made", e.NeedFiles, e.FreeFiles)
		return b.String()
	}
	if e.Need > 0 {
		fmt.Fprintf(&b, "needs %s, ", bytesText(e.Need))
	}
	fmt.Fprintf(&b, "%s free", bytesText(e.Free))
	var apart []string
	if e.Keep > 0 {
		apart = append(apart, bytesText(e.Keep)+" to be kept")
	}
	if e.Others > 0 {
		apart = append(apart, bytesText(e.Others)+" for other downloads")
	}
	if len(apart) > 0 {
		fmt.Fprintf(&b, " (of that %s)", strings.Join(apart, ", "))
	}
	return b.String()
}

// Unwrap gives what the system said.
func (e *SpaceError) Unwrap() error { return e.Err }

// bytesText writes a number of bytes for people: "12.0 GiB".
func bytesText(n int64) string {
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	x, unit := float64(n)/1024, 0
	for x >= 1023.95 && unit < 5 {
		x /= 1024
		unit++
	}
	return fmt.Sprintf("%.1f %ciB", x, "KMGTPE"[unit])
}

// explain adds to a fault of a full disk what is wanted and what there is.
func (s *Storage) explain(err error) error {
	if err == nil {
		return nil // before anything is allocated
	}
	var e *Error
	var said *SpaceError
	if !errors.As(err, &e) || e.Kind != Full || errors.As(err, &said) {
		return err
	}
	r, lookErr := s.pool.roomAt(filepath.Dir(e.Path))
	if lookErr != nil || r.free == unknown {
		return err
	}
	x := &SpaceError{Free: r.free, Err: withoutPath(e.Err)}
	if !within(s.o.StateDir, e.Path) {
		wants := s.wantsNear(e.Path)
		x.Need = wants.bytes
		if r.files == 0 {
			x.NeedFiles = max(wants.files, 1)
		}
	} else if r.files == 0 {
		x.NeedFiles = 1
	}
	return &Error{Kind: Full, Verb: e.Verb, Path: e.Path, Err: x}
}

// within tells whether path lies below dir.
func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return dir != "" && err == nil && filepath.IsLocal(rel)
}

// keepFree tells whether what is being written now may be, without going below Options.MinFree. What is written into room
// that the file i, open as h, has already costs nothing.
func (s *Storage) keepFree(h *handle, i int) error {
	free, err := s.pool.free(h.f)
	if err != nil {
		free = unknown
	}
	flying := s.pool.flying.Load()
	if free == unknown || free-flying >= s.o.MinFree {
		return nil
	}
	if found, err := h.f.look(); err == nil && found.stored >= s.info.Files[i].Length {
		return nil
	}
	wants := s.wantsNear(s.Path(i))
	return &Error{Kind: Full, Verb: "write", Path: s.Path(i), Err: &SpaceError{Need: max(wants.bytes, flying), Free: free, Keep: s.o.MinFree}}
}
