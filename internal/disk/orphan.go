package disk

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
)

// maxOrphan bounds what is read to tell an orphan, in bytes. An orphan holds part of one piece.
const maxOrphan = 64 << 20

// removeOrphan takes away the NAME.part that a killed run left behind, of a file that has its final name now. A run that is killed while it
// writes its first piece to a file leaves a temporary file that nothing proves ours, and the next run takes another name. It was
// ours if it holds nothing but what the complete file holds in the same place, and holes.
func (s *Storage) removeOrphan(d *folder, i int) {
	name := s.temp(i, tempPlain)
	if name == "" {
		return
	}
	found, err := d.lookAt(name)
	if err != nil || found.kind != regularFile || found.rec.size > s.info.Files[i].Length || found.rec.size > maxOrphan {
		return
	}
	if !s.holdsNoMore(d, name, s.base(i)) {
		return
	}
	path := filepath.Join(s.dir, d.rel, name)
	if s.pool.observe.before(OpRemove, path) == nil {
		if err := d.root.Remove(name); err != nil {
			s.pool.log.Warn("temporary file of an earlier run not removed", "path", path, "err", err)
		}
	}
}

// holdsNoMore tells whether every byte of a file is zero or the same as in another.
func (s *Storage) holdsNoMore(d *folder, name, other string) bool {
	a, err := d.openFinal(name)
	if err != nil {
		return false
	}
	partial := a.stream(name)
	defer partial.Close()
	b, err := d.openFinal(other)
	if err != nil {
		return false
	}
	whole := b.stream(other)
	defer whole.Close()
	return sameOrZero(partial, whole)
}

func sameOrZero(partial, whole *os.File) bool {
	var p, q [64 << 10]byte
	for {
		n, err := io.ReadFull(partial, p[:])
		if n == 0 {
			return err == io.EOF
		}
		if _, err := io.ReadFull(whole, q[:n]); err != nil {
			return false
		}
		if bytes.Equal(p[:n], q[:n]) {
			continue
		}
		for i := range n {
			if p[i] != 0 && p[i] != q[i] {
				return false
			}
		}
	}
}
