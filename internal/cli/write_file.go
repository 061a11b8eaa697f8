package cli

import (
	"fmt"
	"os"
)

// writeNew writes a whole file, or leaves none behind. An existing one is replaced, at once and only
// by a whole one, if force is set, and kept otherwise.
func writeNew(path string, b []byte, force bool) error {
	target := path
	if force {
		target = fmt.Sprintf("%s.%d.new", path, os.Getpid())
	}
	f, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return &createError{err}
	}
	_, err = f.Write(b)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil && force {
		err = os.Rename(target, path)
	}
	if err != nil {
		_ = os.Remove(target)
		return &createError{err}
	}
	return nil
}
