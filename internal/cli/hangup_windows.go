package cli

func hasTerminal() bool { return false }

// terminalGone says whether a hangup came with the terminal's end: here, that is what it means.
func terminalGone(bool) bool { return true }
