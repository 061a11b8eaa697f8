package manifest

import (
	"errors"
	"fmt"
)

// node is a part of a document, whatever its language: exactly one of text, list and table counts.
type node struct {
	kind  kind
	line  int
	text  string // of a scalar, as it would be typed after a flag
	list  []*node
	table []pair
}

type kind int

const (
	scalar kind = iota
	list
	table
)

func (k kind) String() string { return [...]string{"a value", "a list", "a table"}[k] }

// deepest is how many keys and indexes lead to a value at most: torrent, its number, seed, ratio, and a list's.
const deepest = 6

// errDeep is a document that is nested deeper than any manifest.
var errDeep = errors.New("nested too deeply")

// pair is one key of a table.
type pair struct {
	key   string
	line  int
	value *node
}

// get is the value of a key, nil if it is not there.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	for i := range n.table {
		if n.table[i].key == key {
			return n.table[i].value
		}
	}
	return nil
}

// lineError is a fault in a line.
type lineError struct {
	line int
	err  error
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.err) }
func (e *lineError) Unwrap() error { return e.err }

// faultAt makes a lineError the way fmt.Errorf makes an error.
func faultAt(line int, format string, args ...any) error {
	return &lineError{line, fmt.Errorf(format, args...)}
}
