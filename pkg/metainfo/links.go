package metainfo

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// link collects a symbolic link as what it is.
func (w *walker) link(disk string, elements []string, included bool) error {
	if !included {
		return nil
	}
	to, err := os.Readlink(disk)
	switch {
	case err != nil:
		return fmt.Errorf("create torrent: %w", err)
	case !utf8.ValidString(disk + to):
		return notUTF8(disk)
	}
	target, ok := linkTarget(elements, to)
	if !ok {
		return fmt.Errorf("create torrent: the symbolic link %s leads out of the folder: follow links, or leave it out with a pattern", disk)
	}
	w.sources = append(w.sources, source{elements: elements, disk: disk, target: target})
	return nil
}

// linkTarget returns where a link leads, as elements below the folder that is
// shared (BEP 47). It is false for what a torrent must not name: an absolute
// path, one that leaves the folder, and the folder itself.
func linkTarget(link []string, to string) ([]string, bool) {
	to = filepath.ToSlash(to)
	if to == "" || path.IsAbs(to) || filepath.VolumeName(to) != "" {
		return nil, false
	}
	to = path.Join(path.Join(link[:len(link)-1]...), to)
	if to == "." || to == ".." || strings.HasPrefix(to, "../") {
		return nil, false
	}
	return strings.Split(to, "/"), true
}

// target reads the "symlink path" of a torrent. It is nil if that is no path
// below the torrent's folder.
func (s *names) target(list span) []string {
	elements, ok := s.elements(list)
	if !ok || !s.plain(elements) || len(elements) > s.limits.PathDepth {
		return nil
	}
	return elements
}

// plain tells whether all elements are safe as they are.
func (s *names) plain(elements []string) bool {
	for _, e := range elements {
		if safe, err := s.element(e); err != nil || safe != e {
			return false
		}
	}
	return true
}
