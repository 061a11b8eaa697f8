package cli

import "fmt"

// usageError is a command line that cannot be meant: an unknown flag, a value out of range, a missing
// argument.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// usagef makes a usageError the way fmt.Errorf makes an error.
func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}
