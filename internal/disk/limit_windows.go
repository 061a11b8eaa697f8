package disk

// fileLimit is how many files the process may have open.
func fileLimit() int { return 2048 }
