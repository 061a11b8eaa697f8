package disk

import (
	"context"
	"io"
	"os"
)

// copyStep is how much is copied between two looks at the context.
const copyStep = 64 << 20

// replaceFile turns a file that was taken as it is into a temporary file again, because something in it is wrong and it
// may be overwritten. Its content is copied for the sake of what is right in it; the old file stays until the new one is
// complete.
func (s *Storage) replaceFile(ctx context.Context, i int) error {
	s.mu.Lock()
	x := &s.files[i]
	first, last := piecesOf(s.info, i)
	useful := x.left < int32(last-first+1)
	rec := x.rec
	s.mu.Unlock()

	next, kind := absent, tempTagged
	if useful {
		var err error
		if kind, err = s.copyOld(ctx, i, rec); err != nil {
			return err
		}
		next = part
	}
	s.pool.handles.hold(x)
	s.mu.Lock()
	x.status, x.temp, x.replace, x.rec, x.last = next, uint8(kind), true, record{}, record{}
	if useful {
		s.markDirty(i)
	}
	s.mu.Unlock()
	s.pool.handles.unhold(x)
	return nil
}

// copyOld copies a file to a new temporary one, and makes sure that it was not altered meanwhile.
func (s *Storage) copyOld(ctx context.Context, i int, rec record) (kind int, err error) {
	from, err := s.openFinal(i, rec)
	if err != nil {
		return 0, err
	}
	old := from.stream(s.Path(i))
	defer old.Close()
	to, kind, err := s.createTemp(i, tempTagged)
	if err != nil {
		return 0, err
	}
	f := to.stream(s.tempPath(i, kind))
	defer f.Close()
	if err := copyFile(ctx, f, old); err != nil {
		return 0, fault(IO, "copy", s.Path(i), err)
	}
	fi, err := old.Stat()
	if err != nil {
		return 0, fault(IO, "copy", s.Path(i), err)
	}
	return kind, s.compare(seen(fi), rec, i)
}

func copyFile(ctx context.Context, to, from *os.File) error {
	for {
		n, err := to.ReadFrom(io.LimitReader(from, copyStep))
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || n == 0 {
			return err
		}
	}
}
