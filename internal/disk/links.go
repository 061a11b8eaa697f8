package disk

import (
	"os"
	"path/filepath"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// stored tells whether a file of the torrent has data of its own here: padding and symbolic links have none.
func stored(f *metainfo.File) bool { return !f.Pad && f.Attr&metainfo.AttrSymlink == 0 }

// makeLinks makes the symbolic links of a torrent whose files are all there (BEP 47). A link leads to another path of
// the same torrent or is not made, and what lies in its place stays. They are a convenience: a link that cannot be made is
// told in the log and fails nothing.
func (s *Storage) makeLinks() {
	if s.o.ReadOnly {
		return
	}
	for i := range s.info.Files {
		f := &s.info.Files[i]
		if f.Attr&metainfo.AttrSymlink == 0 || f.Target == nil || !s.selected(i) {
			continue
		}
		if err := s.makeLink(i, filepath.Join(s.name, filepath.Join(f.Target...))); err != nil && !os.IsExist(err) {
			s.pool.log.Warn("link not made", "path", s.path(i), "err", err)
		}
	}
}

// makeLink makes file i a link to target, which is relative to the storage's folder.
func (s *Storage) makeLink(i int, target string) error {
	d, err := s.pool.folders.acquire(s, s.folder(i), true)
	if err != nil {
		return err
	}
	defer s.pool.folders.release(d)
	to, err := filepath.Rel(s.folder(i), target)
	if err != nil {
		return err
	}
	return d.root.Symlink(to, s.base(i))
}
