package manifest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// readTOML makes nodes of a TOML document. What the values are is the decoder's to say; the lines of the keys come
// from the parser below it, which the decoder hides.
func readTOML(text []byte) (*node, error) {
	var doc map[string]any
	if err := toml.Unmarshal(text, &doc); err != nil {
		var d *toml.DecodeError
		if errors.As(err, &d) {
			line, _ := d.Position()
			return nil, faultAt(line, "%s", strings.TrimPrefix(d.Error(), "toml: "))
		}
		return nil, err
	}
	f := newLineFinder(text)
	if err := f.run(); err != nil {
		return nil, err
	}
	return f.node(doc, nil, 1)
}

// node makes one node of a decoded value; line is that of what holds it.
func (f *lineFinder) node(value any, path []string, line int) (*node, error) {
	if l := f.lines[joined(path)]; l > 0 {
		line = l
	}
	if len(path) > deepest {
		return nil, &lineError{line, errDeep}
	}
	n := &node{line: line}
	switch v := value.(type) {
	case string:
		n.text = v
	case bool, int64, float64:
		n.text = fmt.Sprint(v)
	case []any:
		n.kind = list
		for i, element := range v {
			inner, err := f.node(element, append(path[:len(path):len(path)], strconv.Itoa(i)), line)
			if err != nil {
				return nil, err
			}
			n.list = append(n.list, inner)
		}
	case map[string]any:
		n.kind = table
		for key, element := range v {
			inner, err := f.node(element, append(path[:len(path):len(path)], key), line)
			if err != nil {
				return nil, err
			}
			n.table = append(n.table, pair{key, inner.line, inner})
		}
		slices.SortFunc(n.table, func(a, b pair) int {
			if a.line != b.line {
				return a.line - b.line
			}
			return strings.Compare(a.key, b.key)
		})
	default:
		return nil, faultAt(line, "a date or time where a value is wanted; put it in quotes")
	}
	return n, nil
}

// lineFinder knows the line of every key of a document.
type lineFinder struct {
	parser unstable.Parser
	breaks []int          // offsets of the line breaks
	lines  map[string]int // by path
	arrays map[string]int // how many elements an array of tables has so far, by path
}

func newLineFinder(text []byte) *lineFinder {
	f := &lineFinder{lines: map[string]int{}, arrays: map[string]int{}}
	f.parser.Reset(text)
	for i, c := range text {
		if c == '\n' {
			f.breaks = append(f.breaks, i)
		}
	}
	return f
}

// separator joins a path; no key that is known has it.
const separator = "\x00"

func joined(path []string) string { return strings.Join(path, separator) }

// run goes through the document.
func (f *lineFinder) run() error {
	var prefix []string
	for f.parser.NextExpression() {
		e := f.parser.Expression()
		switch e.Kind {
		case unstable.Table:
			prefix = f.enter(nil, e.Key())
		case unstable.ArrayTable:
			prefix = f.element(e.Key())
		case unstable.KeyValue:
			f.keyValue(prefix, e)
		}
	}
	return f.parser.Error()
}

// enter follows a key from a path, into the last element of each array of tables on its way.
func (f *lineFinder) enter(path []string, key unstable.Iterator) []string {
	path = slices.Clone(path)
	for key.Next() && len(path) <= deepest {
		path = append(path, string(key.Node().Data))
		f.note(path, key.Node())
		if n := f.arrays[joined(path)]; n > 0 {
			path = append(path, strconv.Itoa(n-1))
		}
	}
	return path
}

// element begins the next element of an array of tables.
func (f *lineFinder) element(key unstable.Iterator) []string {
	var parts []*unstable.Node
	for key.Next() {
		parts = append(parts, key.Node())
	}
	var path []string
	for i, part := range parts[:min(len(parts), deepest)] {
		path = append(path, string(part.Data))
		f.note(path, part)
		n := f.arrays[joined(path)]
		if i == len(parts)-1 {
			n++
			f.arrays[joined(path)] = n
		}
		if n > 0 {
			path = append(path, strconv.Itoa(n-1))
			f.note(path, part)
		}
	}
	return path
}

// keyValue notes the line of a key and of all that is in its value.
func (f *lineFinder) keyValue(prefix []string, e *unstable.Node) {
	path := f.enter(prefix, e.Key())
	f.value(path, e.Value())
}

func (f *lineFinder) value(path []string, v *unstable.Node) {
	if len(path) > deepest {
		return
	}
	children := v.Children()
	switch v.Kind {
	case unstable.InlineTable:
		for children.Next() {
			f.keyValue(path, children.Node())
		}
	case unstable.Array:
		for i := 0; children.Next(); i++ {
			inner := append(path[:len(path):len(path)], strconv.Itoa(i))
			if n := children.Node(); n.Raw.Length > 0 {
				f.note(inner, n)
			}
			f.value(inner, children.Node())
		}
	}
}

// note keeps the line of a path, the first one if it has several.
func (f *lineFinder) note(path []string, n *unstable.Node) {
	if key := joined(path); f.lines[key] == 0 {
		at, _ := slices.BinarySearch(f.breaks, int(n.Raw.Offset))
		f.lines[key] = at + 1
	}
}
