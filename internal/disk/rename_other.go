//go:build !linux

package disk

import "runtime"

// renameNeedsClosed tells that an open file cannot be renamed.
const renameNeedsClosed = runtime.GOOS == "windows"

// renameNew renames within a folder, and fails with os.ErrExist where the new name is taken.
func renameNew(d *folder, from, to string) error { return linkNew(d, from, to) }
