package manifest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// MaxSize bounds a manifest, in bytes.
const MaxSize = 16 << 20

// Manifest is a manifest as it was read.
type Manifest struct {
	Path     string
	Torrents []Torrent // in the order of the file
}

// Torrent is one entry, with the defaults filled in.
type Torrent struct {
	Line    int      // where it begins, from 1
	Source  string   // as get takes it
	Dir     string   // the folder that the content is to lie in, as it was written; "" is that of the manifest
	Name    string   // instead of the torrent's own name; "" keeps it
	Labels  []string // what the user calls it by
	Options []Option // in the order of the file, defaults behind them
}

// Option is the value of a flag of get.
type Option struct {
	Name   string   // of the flag, without dashes
	Values []string // one, or those of a list
	List   bool     // written as a list
	Line   int
}

// Error is a manifest that cannot be used, and where in it the fault is.
type Error struct {
	Path string
	Line int // from 1; 0 where no line is to blame
	Err  error
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("read manifest %s: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("read manifest %s:%d: %v", e.Path, e.Line, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Format is the language of a manifest.
type Format int

// The languages that there are.
const (
	TOML Format = iota
	YAML
)

// FormatOf goes by the end of a file's name: .yaml and .yml are YAML, everything else is TOML.
func FormatOf(path string) Format {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yaml", ".yml":
		return YAML
	}
	return TOML
}

// Load reads the manifest in a file. Every fault is an *Error.
func Load(path string) (*Manifest, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &Error{Path: path, Err: cause(err)}
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err != nil {
		return nil, &Error{Path: path, Err: cause(err)}
	}
	return Parse(path, FormatOf(path), b)
}

// cause drops the operation and the path from an error of package os; Error names them.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Parse reads the text of a manifest. The path is for messages only. Faults are *Error.
func Parse(path string, format Format, text []byte) (*Manifest, error) {
	if len(text) > MaxSize {
		return nil, &Error{Path: path, Err: fmt.Errorf("larger than %d bytes", MaxSize)}
	}
	read := readTOML
	if format == YAML {
		read = readYAML
	}
	doc, err := read(text)
	if err == nil {
		m := &Manifest{Path: path}
		if err = m.fill(doc); err == nil {
			return m, nil
		}
	}
	var at *lineError
	if errors.As(err, &at) {
		return nil, &Error{Path: path, Line: at.line, Err: at.err}
	}
	return nil, &Error{Path: path, Err: err}
}

// Check refuses options that there are not, lists where one value is wanted, and torrents without a source. known answers for a name whether there is
// such an option, and whether it may have several values; like names the one that was perhaps meant, or nothing. Faults are
// *Error, that of the first torrent.
func (m *Manifest) Check(known func(name string) (exists, repeatable bool), like func(name string) string) error {
	for _, t := range m.Torrents {
		for _, o := range t.Options {
			exists, repeatable := known(o.Name)
			switch {
			case !exists:
				err := fmt.Errorf("unknown key %q", o.Name)
				if near := like(o.Name); near != "" {
					err = fmt.Errorf("%w; did you mean %q?", err, near)
				}
				return &Error{m.Path, o.Line, err}
			case o.List && !repeatable:
				return &Error{m.Path, o.Line, fmt.Errorf("%s: a list where one value is wanted", o.Name)}
			}
		}
		if strings.TrimSpace(t.Source) == "" { // last: it may be a slip in the key
			return &Error{m.Path, t.Line, fmt.Errorf("a torrent without a %s", keySource)}
		}
	}
	return nil
}
