//go:build unix

package cli

import (
	"os"

	"golang.org/x/sys/unix"
)

// hasTerminal says whether the process has a terminal that controls it. One that was closed is none.
func hasTerminal() bool {
	f, err := os.OpenFile("/dev/tty", os.O_RDONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	f.Close()
	return true
}

// terminalGone says whether a hangup came with the terminal's end.
func terminalGone(had bool) bool { return had && !hasTerminal() }
