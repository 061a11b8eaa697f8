//go:build unix

package cli

import (
	"os"
	"syscall"
)

// askToEnd lets a program tidy up before it ends.
func askToEnd(p *os.Process) error { return p.Signal(syscall.SIGTERM) }
