package cli

// hangupHelp is what the help says where there are hangups that mean anything else than the end.
const hangupHelp = ""

func hasTerminal() bool { return false }

// terminalGone says whether a hangup came with the terminal's end: here, that is what it means.
func terminalGone(bool) bool { return true }
