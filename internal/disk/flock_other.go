//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package disk

import (
	"errors"
	"os"
)

// Folders cannot be locked here, and a lock on a file would keep its own writer out: what keeps processes apart is the lock in
// the state folder alone.

func openToShare(string) (*os.File, error) { return nil, errors.ErrUnsupported }

func openToOwn(string, bool) (*os.File, error) { return nil, errors.ErrUnsupported }

func tryLock(*os.File, bool) bool { return true }
