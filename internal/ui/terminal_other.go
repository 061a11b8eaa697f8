//go:build !windows && (!unix || aix || solaris)

package ui

// inForeground is always true where jobs cannot be told apart.
func inForeground(int) bool { return true }

// allowSequences has nothing to do: terminals here understand escape sequences as they are.
func allowSequences(int) (restore func()) { return nil }
