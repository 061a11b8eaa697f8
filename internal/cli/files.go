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

// baseName is the last element of a path, also for "." and "..".
func baseName(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return filepath.Base(path)
}
