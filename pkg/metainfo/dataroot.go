package metainfo

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"
)

var errIrregular = errors.New("not a regular file")

// isAbsent tells whether an error means that there is no such file, which is
// also so where a folder of its path is a file.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// dataRoot finds the folder of a multi-file torrent, or the file of a
// single-file one, from a path that is either that or the folder around it.
func dataRoot(info *Info, root string) (string, error) {
	st, err := os.Stat(root)
	if err != nil {
		return "", err
	}
	inner := filepath.Join(root, info.Name)
	switch {
	case info.single && st.IsDir():
		return inner, nil
	case info.single:
		return root, nil
	case !st.IsDir():
		return "", &fs.PathError{Op: "open", Path: root, Err: syscall.ENOTDIR}
	}
	insideInner, insideRoot := present(info, inner), present(info, root)
	if insideRoot > insideInner {
		return root, nil
	}
	if st, err := os.Stat(inner); err == nil && st.IsDir() {
		return inner, nil
	}
	if abs, err := filepath.Abs(root); err == nil && filepath.Base(abs) == info.Name {
		return root, nil
	}
	return inner, nil
}

// present counts how many of the first files of a torrent are in a folder.
func present(info *Info, folder string) int {
	const enough = 200
	count := 0
	for n := range info.Files[:min(enough, len(info.Files))] {
		f := &info.Files[n]
		if !stored(f) {
			continue
		}
		if _, err := os.Stat(filepath.Join(folder, filepath.Join(f.Path...))); err == nil {
			count++
		}
	}
	return count
}

// extra lists the files below the folder that the torrent does not have.
func (v *verification) extra(ctx context.Context) ([]string, error) {
	known := make(map[string]bool, len(v.info.Files))
	for n := range v.info.Files {
		for name := path.Join(v.info.Files[n].Path...); name != "." && !known[name]; name = path.Dir(name) {
			known[name] = true
		}
	}
	var extra []string
	err := fs.WalkDir(os.DirFS(v.root), ".", func(name string, entry fs.DirEntry, err error) error {
		// A folder that cannot be read has nothing to say here; files of the
		// torrent in it have been reported.
		if err == nil && !entry.IsDir() && !known[name] {
			extra = append(extra, name)
		}
		return ctx.Err()
	})
	return extra, err
}
