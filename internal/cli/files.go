package cli

import (
	"os"
	"path/filepath"
)

// isFolder says whether a path that the user typed means a folder: it ends with a slash, or there is
// one of that name.
func isFolder(env Env, path string) bool {
	if endsInSeparator(path) {
		return true
	}
	st, err := os.Stat(env.path(path))
	return err == nil && st.IsDir()
}

// wantFolder is an error if a path that has to be a folder is something else. It need not exist.
func wantFolder(env Env, path string) error {
	st, err := os.Stat(filepath.Clean(env.path(path)))
	if err == nil && !st.IsDir() {
		return about(path, errNotFolder)
	}
	return nil
}

// baseName is the last element of a path, also for "." and "..".
func baseName(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return filepath.Base(path)
}
