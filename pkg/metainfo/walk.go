package metainfo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// source is a file on disk that is to be shared.
type source struct {
	elements []string // its path in the torrent
	disk     string   // its path on disk
	target   []string // of a symbolic link that is stored as such
	stamp             // when it was found
}

// walker finds the files of a folder. Within a folder they come in the order
// of the bytes of their names, which is the order that a v2 file tree wants,
// so that the same files always give the same torrent.
type walker struct {
	ctx              context.Context
	include, exclude []glob
	junk             bool // keep it
	links            bool // store them
	sources          []source
	above            []fs.FileInfo // the folders around the current one
}

// walk finds the files to share. single tells that Path is a file itself.
func walk(ctx context.Context, o *Options) (sources []source, single bool, err error) {
	w := &walker{ctx: ctx, junk: o.KeepJunk, links: o.StoreLinks}
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
		return []source{{disk: o.Path, stamp: stamp{st.Size(), st.ModTime()}}}, true, nil
	case !st.IsDir():
		return nil, false, irregular(o.Path)
	}
	if err := w.folder(o.Path, nil, st, len(w.include) == 0); err != nil {
		return nil, false, err
	}
	if len(w.sources) == 0 {
		return nil, false, fmt.Errorf("create torrent from %s: %w", o.Path, ErrNoFiles)
	}
	return w.sources, false, measure(ctx, w.sources, o.Workers)
}

// measure stamps the sources. With many small files that takes as long as
// reading them, so it is done on several cores as well.
func measure(ctx context.Context, sources []source, workers int) error {
	return parallel(ctx, workers, len(sources), 256, func(_ context.Context, ranges iter.Seq2[int, int]) error {
		for first, last := range ranges {
			for n := first; n < last; n++ {
				if err := sources[n].measure(); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (s *source) measure() error {
	if s.target != nil {
		return nil
	}
	st, err := os.Stat(s.disk)
	if err != nil {
		return fmt.Errorf("create torrent: %w", err)
	}
	if !st.Mode().IsRegular() {
		return irregular(s.disk)
	}
	s.stamp = stamp{st.Size(), st.ModTime()}
	return nil
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
	if !w.junk && IsJunk(name) || matchAny(w.exclude, elements) {
		return nil
	}
	included = included || matchAny(w.include, elements)
	disk := filepath.Join(folder, name)
	kind, st := entry.Type(), fs.FileInfo(nil)
	if kind == fs.ModeSymlink && w.links {
		return w.link(disk, elements, included)
	}
	if kind == fs.ModeSymlink || kind == fs.ModeDir {
		var err error
		if st, err = os.Stat(disk); err != nil {
			if !included && errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return fmt.Errorf("create torrent: %w", err)
		}
		kind = st.Mode().Type()
	}
	switch {
	case kind == fs.ModeDir:
		return w.folder(disk, elements, st, included)
	case !included:
		return nil
	case kind != 0:
		return irregular(disk)
	case !utf8.ValidString(name):
		return notUTF8(disk)
	}
	w.sources = append(w.sources, source{elements: elements, disk: disk})
	return nil
}

func notUTF8(path string) error {
	return fmt.Errorf("create torrent: the name of %q is not UTF-8: rename it, or leave it out with a pattern", path)
}

// IsJunk tells by its name whether a file is one that systems leave behind
// when somebody looks into a folder, see Options.KeepJunk.
func IsJunk(name string) bool {
	switch strings.ToLower(name) {
	case ".ds_store", "thumbs.db", "desktop.ini":
		return true
	}
	return false
}

// open opens a source, and makes sure that it is what the walk found.
func (s *source) open() (*diskFile, error) {
	f, err := openFile(s.disk)
	if err != nil {
		return nil, err
	}
	if err := s.unchanged(f); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

// close closes a source, and makes sure that nobody wrote to it meanwhile.
func (s *source) close(f *diskFile) error {
	err := s.unchanged(f)
	return errors.Join(err, f.close())
}

// unchanged compares a file with what the walk found.
func (s *source) unchanged(f *diskFile) error {
	now, err := f.stamp()
	if err == nil && !now.equal(s.stamp) {
		err = s.changed()
	}
	return err
}

// changed returns an error that wraps ErrChanged.
func (s *source) changed() error {
	return &fs.PathError{Op: "hash", Path: s.disk, Err: ErrChanged}
}
