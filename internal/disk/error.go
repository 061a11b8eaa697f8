package disk

import (
	"errors"
	"fmt"
	"io/fs"
)

// Kind tells what went wrong, as far as a caller decides by it.
type Kind int

// The kinds of Error.
const (
	InTheWay Kind = iota + 1 // something that must not be touched lies where a file should
	Full                     // no space or no quota left
	Open                     // what is there cannot be opened or looked at
	Create                   // a file cannot be created or named
	IO                       // reading, writing or syncing failed
	Mkdir                    // a folder cannot be made
	Locked                   // another process (PID, 0 if unknown) works on the same target
	Changed                  // data is gone, shorter than it was or altered underneath
)

// String names the kind in a word or two.
func (k Kind) String() string {
	switch k {
	case InTheWay:
		return "in the way"
	case Full:
		return "disk full"
	case Open:
		return "open"
	case Create:
		return "create"
	case IO:
		return "i/o"
	case Mkdir:
		return "mkdir"
	case Locked:
		return "locked"
	case Changed:
		return "changed"
	}
	return "unknown"
}

// Causes that carry no system error.
var (
	ErrExists    = errors.New("a file is there already, with other content")
	ErrNotFile   = errors.New("what is there is not a regular file")
	ErrLocked    = errors.New("another process is at work on it")
	ErrClosed    = errors.New("the storage is closed")
	ErrReadOnly  = errors.New("the storage is read-only")
	ErrUnstored  = errors.New("the range belongs to files that were not selected")
	ErrNoLayer   = errors.New("the piece layer of a file is missing")
	ErrRange     = errors.New("the range is outside of the torrent")
	ErrShort     = errors.New("the file is shorter than it was")
	ErrModified  = errors.New("the file is not what it was when it was verified")
	ErrMoved     = errors.New("the folder is not there any more, or not the one that it was")
	errOutside   = errors.New("a symbolic link leads outside of the folder")
	errBadBlocks = errors.New("the blocks do not make up the piece")
)

// Error is every refusal and fault of this package that concerns a path. Path is untrusted text as far as
// it comes from a torrent.
type Error struct {
	Kind Kind
	Verb string // what was tried: "write", "rename"
	Path string
	Err  error
	PID  int // Locked: who holds it, 0 if unknown
}

// Error reads "verb path: cause".
func (e *Error) Error() string {
	cause := withoutPath(e.Err)
	if e.Kind == Locked && e.PID != 0 {
		return fmt.Sprintf("%s %s: %v (process %d)", e.Verb, e.Path, cause, e.PID)
	}
	return fmt.Sprintf("%s %s: %v", e.Verb, e.Path, cause)
}

// withoutPath is the cause of a system error: the path is said once.
func withoutPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// fault makes an Error of a system error: a full disk is Full whatever was being done.
func fault(kind Kind, verb, path string, err error) *Error {
	if isFull(err) {
		kind = Full
	}
	return &Error{Kind: kind, Verb: verb, Path: path, Err: err}
}
