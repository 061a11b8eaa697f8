package metainfo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// Parse reads a .torrent file under the default limits. It keeps no
// reference to b. The error is an *Error.
func Parse(b []byte) (*Metainfo, error) { return ParseWith(b, Limits{}) }

// ParseWith is Parse under other limits.
func ParseWith(b []byte, l Limits) (*Metainfo, error) {
	if l = l.withDefaults(); int64(len(b)) > l.Size {
		return nil, tooLarge(l)
	}
	return parse(bytes.Clone(b), l)
}

// Load reads the .torrent file at path under the default limits.
func Load(path string) (*Metainfo, error) { return LoadWith(path, Limits{}) }

// LoadWith is Load under other limits. It reads no more of the file than they
// allow, so that path may be anything.
func LoadWith(path string, l Limits) (*Metainfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read torrent: %w", err)
	}
	defer f.Close()
	l = l.withDefaults()
	b, err := io.ReadAll(io.LimitReader(f, l.Size+1))
	if err != nil {
		return nil, fmt.Errorf("read torrent: %w", err)
	}
	if int64(len(b)) > l.Size {
		return nil, tooLarge(l)
	}
	return parse(b, l)
}

// ParseInfo reads an info dictionary, such as a peer sends (BEP 9), under the
// default limits. It keeps no reference to raw. The error is an *Error.
func ParseInfo(raw []byte) (*Info, error) { return ParseInfoWith(raw, Limits{}) }

// ParseInfoWith is ParseInfo under other limits.
func ParseInfoWith(raw []byte, l Limits) (*Info, error) {
	if l = l.withDefaults(); int64(len(raw)) > l.Size {
		return nil, tooLarge(l)
	}
	c := newCursor(bytes.Clone(raw), l.Tokens)
	keys := scanInfo(c)
	if c.err == nil && c.pos != len(c.b) {
		c.fail("something follows the end")
	}
	if c.err != nil {
		return nil, c.err
	}
	return buildInfo(c.b, keys, l)
}

func tooLarge(l Limits) error {
	return &Error{Reason: fmt.Sprintf("larger than the limit of %d bytes", l.Size)}
}

// parse takes over b.
func parse(b []byte, l Limits) (*Metainfo, error) {
	if len(b) == 0 {
		return nil, &Error{Reason: "the file is empty"}
	}
	c := newCursor(b, l.Tokens)
	if c.peek() != 'd' {
		return nil, &Error{Reason: "this is not a torrent: it does not start with a dictionary"}
	}
	m := &Metainfo{}
	keys := scanOuter(c)
	end := c.pos
	if c.err != nil {
		return nil, c.err
	}
	if rest := bytes.TrimRight(b[end:], "\r\n\t \x00"); len(rest) != 0 {
		return nil, &Error{Reason: fmt.Sprintf("%d bytes follow the end", len(b)-end)}
	}
	m.orig.raw = b[:end:end]
	switch kind := keys.info.kind(); kind {
	case 'd':
	case 0:
		return nil, refuse("info", "there is no info dictionary")
	default:
		return nil, refuse("info", "it is %s, not a dictionary", kindName(kind))
	}
	info, err := buildInfo(keys.info.raw, keys.infoKeys, l)
	if err != nil {
		return nil, within("info", err)
	}
	m.Info = info
	m.Warnings = append(m.Warnings, info.warnings...)
	if len(b) > end {
		m.warn("white space follows the end")
	}
	if err := m.read(keys); err != nil {
		return nil, err
	}
	return m, nil
}

// within puts the name of what holds it before an *Error's part.
func within(part string, err error) error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		if e.Part != "" {
			part += "." + e.Part
		}
		return &Error{Part: part, Reason: e.Reason}
	}
	return err
}
