//go:build unix && !aix && !solaris

package ui

import "golang.org/x/sys/unix"

// inForeground says whether the process belongs to the job that has the terminal. Where that cannot
// be told (no controlling terminal), it may draw.
func inForeground(fd int) bool {
	group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}

// allowSequences has nothing to do: terminals here understand escape sequences as they are.
func allowSequences(int) (restore func()) { return nil }
