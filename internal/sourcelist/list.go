// Package sourcelist owns the format of lists of things to download: a source a line, with what is
// wanted of it on indented lines below, as aria2 reads them. It must not know what a source or an
// option means.
//
//	# empty lines, and lines that begin with #, are passed over
//	https://one.example/a.torrent	https://two.example/a.torrent
//	  dir=/srv/iso
//	  select-file=1,3-5
//	magnet:?xt=urn:btih:...
//
// The addresses on a line, parted by tabs, are of one thing: the first that is of use is taken. An
// indented line is an option if it reads NAME=VALUE, a name being letters, digits, - and _; what else
// is indented is a source, so that lists may be indented as a whole.
package sourcelist

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds of a list. Whatever is larger is no list that somebody wrote.
const (
	MaxLine    = 64 << 10 // bytes of one line
	MaxEntries = 100_000  // sources
	MaxOptions = 100      // of one source
	MaxSize    = 64 << 20 // bytes in all
)

// Entry is one source.
type Entry struct {
	Line    int      // where it stands, from 1
	URIs    []string // one or more, none of them empty
	Options []Option
}

// Option is one thing that is wanted of a source.
type Option struct {
	Line        int
	Name, Value string // Name in lower case; Value without the space around it
}

// Error is what makes a list unreadable.
type Error struct {
	Line   int // 0: the list as a whole
	Reason string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Reason
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
}

// Parse reads a list to its end. A list that is beyond the bounds or no text is an *Error; other errors
// are those of the reader.
func Parse(r io.Reader) ([]Entry, error) {
	var (
		entries []Entry
		lines   = bufio.NewScanner(&bounded{from: r, left: MaxSize})
		number  int
	)
	lines.Buffer(make([]byte, 0, 4096), MaxLine)
	for lines.Scan() {
		number++
		line := lines.Bytes()
		if number == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if bytes.IndexByte(line, 0) >= 0 {
			return nil, &Error{number, "this is no text"}
		}
		var err error
		if entries, err = add(entries, number, string(line)); err != nil {
			return nil, err
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, &Error{number + 1, fmt.Sprintf("longer than %d bytes", MaxLine)}
	case err != nil:
		return nil, err
	}
	return entries, nil
}

// add takes in one line.
func add(entries []Entry, number int, line string) ([]Entry, error) {
	text := strings.TrimSpace(line)
	if text == "" || text[0] == '#' {
		return entries, nil
	}
	if indented := line[0] == ' ' || line[0] == '\t'; indented {
		if name, value, ok := option(text); ok {
			return entries, addOption(entries, Option{number, name, value})
		}
	}
	if len(entries) == MaxEntries {
		return nil, &Error{number, fmt.Sprintf("more than %d sources", MaxEntries)}
	}
	e := Entry{Line: number}
	for uri := range strings.SplitSeq(text, "\t") {
		if uri = strings.TrimSpace(uri); uri != "" {
			e.URIs = append(e.URIs, uri)
		}
	}
	return append(entries, e), nil
}

// addOption takes in an option of the source that came last.
func addOption(entries []Entry, o Option) error {
	if len(entries) == 0 {
		return &Error{o.Line, fmt.Sprintf("the option %s belongs to no source: sources come first, and are not indented", o.Name)}
	}
	last := &entries[len(entries)-1]
	if len(last.Options) == MaxOptions {
		return &Error{o.Line, fmt.Sprintf("more than %d options of one source", MaxOptions)}
	}
	last.Options = append(last.Options, o)
	return nil
}

// option splits NAME=VALUE.
func option(text string) (name, value string, ok bool) {
	name, value, ok = strings.Cut(text, "=")
	name = strings.ToLower(strings.TrimSpace(name))
	if !ok || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return "", "", false
	}
	return name, strings.TrimSpace(value), true
}

// bounded is a reader that fails where a list is too long, instead of cutting it off.
type bounded struct {
	from io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left == 0 {
		var one [1]byte
		if n, err := b.from.Read(one[:]); n == 0 {
			return 0, err
		}
		return 0, &Error{0, fmt.Sprintf("longer than %d MiB", MaxSize>>20)}
	}
	n, err := b.from.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
