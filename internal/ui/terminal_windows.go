package ui

import "golang.org/x/sys/windows"

// inForeground is always true: a console has no jobs.
func inForeground(int) bool { return true }

// allowSequences makes a console understand escape sequences, and returns what undoes that; nil where
// there is nothing to undo.
func allowSequences(fd int) (restore func()) {
	console := windows.Handle(fd)
	var mode uint32
	if err := windows.GetConsoleMode(console, &mode); err != nil {
		return nil
	}
	const wanted = windows.ENABLE_PROCESSED_OUTPUT | windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING
	if mode&wanted == wanted || windows.SetConsoleMode(console, mode|wanted) != nil {
		return nil
	}
	return func() { _ = windows.SetConsoleMode(console, mode) }
}
