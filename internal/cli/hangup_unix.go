//go:build unix

package cli

import (
	"os"

	"golang.org/x/sys/unix"
)

// hangupHelp is what the help of a verb that reads its limits again says of it.
const hangupHelp = "\n\n--down and --up can be changed while it runs: change them in config.toml and send SIGHUP. What was typed, or\n" +
	"set by the environment, stays. Where there is no such file, or the terminal was closed, SIGHUP ends it."

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
