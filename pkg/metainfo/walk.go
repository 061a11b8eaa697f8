package metainfo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"
)

// source is a file on disk that is to be shared.
type source struct {
	elements []string // its path in the torrent
	disk     string   // its path on disk
	length   int64
	modified time.Time
}

// walker finds the files of a folder. Within a folder they come in the order
// of the bytes of their names, which is the order that a v2 file tree wants,
// so that the same files always give the same torrent.
type walker struct {
	ctx              context.Context
	include, exclude []glob
	junk             bool // keep it
	sources          []source
	above            []fs.FileInfo // the folders around the current one
}

// walk finds the files to share. single tells that Path is a file itself.
func walk(ctx context.Context, o *Options) (sources []source, single bool, err error) {
	w := &walker{ctx: ctx, junk: o.KeepJunk}
	if w.include, err = parseGlobs("Include", o.Include); err != nil {
		return nil, false, err
	}
	if w.exclude, err = parseGlobs("Exclude", o.Exclude); err != nil {
		return nil, false, err
	}
	st, err := os.Stat(o.Path)
	switch {
	case err != nil:
		return nil, false, fmt.Errorf("create torrent: %w", err)
	case st.Mode().IsRegular():
		return []source{{nil, o.Path, st.Size(), st.ModTime()}}, true, nil
	case !st.IsDir():
		return nil, false, irregular(o.Path)
	}
	if err := w.folder(o.Path, nil, st, len(w.include) == 0); err != nil {
		return nil, false, err
	}
	if len(w.sources) == 0 {
		return nil, false, fmt.Errorf("create torrent from %s: %w", o.Path, ErrNoFiles)
	}
	return w.sources, false, nil
}

func irregular(path string) error {
	return fmt.Errorf("create torrent: %s is neither a file nor a folder: leave it out with a pattern", path)
}

// folder collects the files below a folder. included tells that an include
// pattern fits the folder.
func (w *walker) folder(disk string, elements []string, st fs.FileInfo, included bool) error {
	for _, parent := range w.above {
		if os.SameFile(parent, st) {
			return fmt.Errorf("create torrent: the symbolic link %s leads into a loop: leave it out with a pattern", disk)
		}
	}
	if len(elements) >= DefaultPathDepth {
		return fmt.Errorf("create torrent: %s lies deeper than %d folders", disk, DefaultPathDepth)
	}
	w.above = append(w.above, st)
	defer func() { w.above = w.above[:len(w.above)-1] }()
	entries, err := os.ReadDir(disk)
	if err != nil {
		return fmt.Errorf("create torrent: %w", err)
	}
	for _, entry := range entries {
		if err := w.entry(disk, elements, entry, included); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) entry(folder string, above []string, entry fs.DirEntry, included bool) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	name := entry.Name()
	elements := append(above[:len(above):len(above)], name)
	if !w.junk && isJunk(name) || matchAny(w.exclude, elements) {
		return nil
	}
	included = included || matchAny(w.include, elements)
	disk := filepath.Join(folder, name)
	st, err := entry.Info()
	if err == nil && st.Mode()&fs.ModeSymlink != 0 {
		st, err = os.Stat(disk)
	}
	if errors.Is(err, fs.ErrNotExist) && !included {
		return nil
	}
	switch {
	case err != nil:
		return fmt.Errorf("create torrent: %w", err)
	case st.IsDir():
		return w.folder(disk, elements, st, included)
	case !included:
		return nil
	case !st.Mode().IsRegular():
		return irregular(disk)
	case !utf8.ValidString(name):
		return fmt.Errorf("create torrent: the name of %q is not UTF-8: rename it, or leave it out with a pattern", disk)
	}
	w.sources = append(w.sources, source{elements, disk, st.Size(), st.ModTime()})
	return nil
}

// isJunk tells whether a file is one that systems leave behind when somebody
// looks into a folder.
func isJunk(name string) bool {
	switch strings.ToLower(name) {
	case ".ds_store", "thumbs.db", "desktop.ini":
		return true
	}
	return false
}

// open opens a source, and makes sure that it is what the walk found.
func (s *source) open() (*os.File, error) {
	f, err := os.Open(s.disk)
	if err != nil {
		return nil, err
	}
	if err := s.unchanged(f); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// close closes a source, and makes sure that nobody wrote to it meanwhile.
func (s *source) close(f *os.File) error {
	err := s.unchanged(f)
	return errors.Join(err, f.Close())
}

// unchanged compares a file with what the walk found.
func (s *source) unchanged(f *os.File) error {
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if st.Size() != s.length || !st.ModTime().Equal(s.modified) {
		return &fs.PathError{Op: "hash", Path: s.disk, Err: ErrChanged}
	}
	return nil
}
