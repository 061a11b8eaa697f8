package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// maxFile bounds what is read of a configuration file, in bytes.
const maxFile = 1 << 20

// File is a parsed configuration file: keys are names of flags, at the top level for every command
// that has the flag, in a table of a command's name for that command alone, and in a table
// [preset.NAME] for when the flag --preset says NAME. A nil *File is an empty one.
type File struct {
	path    string
	entries []entry  // in the order of their lines
	presets []string // the names of all presets, sorted
}

// entry is one key of the file.
type entry struct {
	command string // the table it stands in; "" is the top level, presetTable(NAME) a preset
	flag    string
	values  []string // one, or those of an array
	list    bool     // written as an array
	line    int      // from 1
}

// FileError is a file that cannot be used, and where in it the fault is.
type FileError struct {
	Path string
	Line int // from 1; 0 where no line is to blame
	Err  error
}

func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("read config %s: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("read config %s:%d: %v", e.Path, e.Line, e.Err)
}

func (e *FileError) Unwrap() error { return e.Err }

// Load reads and parses the file at path. A file that does not exist is an empty one; every other
// fault is a *FileError.
func Load(path string) (*File, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &File{path: path}, nil
	}
	if err != nil {
		return nil, &FileError{Path: path, Err: cause(err)}
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, &FileError{Path: path, Err: cause(err)}
	}
	return Parse(path, b)
}

// cause drops the operation and the path from an error of package os; FileError names them.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Parse parses the text of a configuration file. The path is for messages only. Faults are
// *FileError.
func Parse(path string, text []byte) (*File, error) {
	if len(text) > maxFile {
		return nil, &FileError{Path: path, Err: fmt.Errorf("larger than %d bytes", maxFile)}
	}
	var doc map[string]any
	if err := toml.Unmarshal(text, &doc); err != nil {
		return nil, syntaxError(path, err)
	}
	lines, err := keyLines(text, doc)
	if err != nil {
		return nil, syntaxError(path, err)
	}
	file := &File{path: path}
	if err := file.addTable(doc, lines); err != nil {
		return nil, err
	}
	slices.SortStableFunc(file.entries, func(a, b entry) int { return a.line - b.line })
	slices.Sort(file.presets)
	return file, nil
}

// addTable takes in the keys of one table: the top level, where path is empty, a command's, or a
// preset's.
func (f *File) addTable(table map[string]any, lines map[string]int, path ...string) error {
	for key, value := range table {
		inner := append(path[:len(path):len(path)], key)
		line := lines[joinKey(inner)]
		if line == 0 { // of an inline table, or one that no command can have
			line = lines[joinKey(path)]
		}
		sub, isTable := value.(map[string]any)
		switch {
		case isTable && len(path) == 1 && path[0] == presets:
			if !presetName.MatchString(key) {
				return f.fault(line, fmt.Errorf("%q is no name for a preset", key))
			}
			f.presets = append(f.presets, key)
			fallthrough
		case isTable && len(path) == 0:
			if err := f.addTable(sub, lines, inner...); err != nil {
				return err
			}
			continue
		}
		e := entry{command: strings.Join(path, "."), flag: key, line: line}
		var err error
		if e.values, e.list, err = valuesOf(value); err != nil {
			return f.fault(line, fmt.Errorf("%s: %w", key, err))
		}
		f.entries = append(f.entries, e)
	}
	return nil
}

func (f *File) fault(line int, err error) error {
	return &FileError{Path: f.path, Line: line, Err: err}
}

// valuesOf writes a TOML value the way it would be typed after a flag.
func valuesOf(value any) (values []string, list bool, err error) {
	array, list := value.([]any)
	if !list {
		s, err := scalar(value)
		return []string{s}, false, err
	}
	for _, v := range array {
		s, err := scalar(v)
		if err != nil {
			return nil, true, fmt.Errorf("in the array: %w", err)
		}
		values = append(values, s)
	}
	return values, true, nil
}

func scalar(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case bool, int64, float64:
		return fmt.Sprint(v), nil
	case map[string]any:
		return "", errors.New("a table where a value is wanted")
	case []any:
		return "", errors.New("an array where a value is wanted")
	}
	return "", errors.New("a date or time where a value is wanted; put it in quotes")
}

// syntaxError tells where a document breaks the rules of TOML.
func syntaxError(path string, err error) error {
	var d *toml.DecodeError
	if errors.As(err, &d) {
		line, _ := d.Position()
		return &FileError{Path: path, Line: line, Err: errors.New(strings.TrimPrefix(d.Error(), "toml: "))}
	}
	return &FileError{Path: path, Err: err}
}

// keyLines finds the line of every key, as joinKey names it. The decoder tells positions of unknown
// fields alone; so it is shown a target that has no field at all, then one that has the document's
// tables and not one field in them, and then one that has the presets as well. Keys of inline tables
// are left out: they stand where their table does.
func keyLines(text []byte, doc map[string]any) (map[string]int, error) {
	lines := map[string]int{}
	for known, target := range []any{&struct{}{}, tablesOf(doc, false), tablesOf(doc, true)} {
		unknown, err := unknownKeys(text, target)
		if err != nil {
			return nil, err
		}
		for _, e := range unknown {
			line, _ := e.Position()
			for n := known + 1; n <= min(len(e.Key()), deepest); n++ {
				if key := joinKey(e.Key()[:n]); lines[key] == 0 {
					lines[key] = line
				}
			}
		}
	}
	return lines, nil
}

// deepest is how many names a key has at most: those of a preset's table, and its own.
const deepest = 3

// unknownKeys decodes strictly and returns what the target has no field for.
func unknownKeys(text []byte, target any) ([]toml.DecodeError, error) {
	err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(target)
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) {
		return unknown.Errors, nil
	}
	return nil, err
}

// separator joins a table and a key; no key can hold it.
const separator = "\x00"

// joinKey is the name of a key below its tables for keyLines.
func joinKey(path []string) string { return strings.Join(path, separator) }
