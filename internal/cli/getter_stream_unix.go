//go:build unix

package cli

import (
	"errors"
	"syscall"
)

// brokenPipe says whether a write failed because nobody reads any more.
func brokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }
