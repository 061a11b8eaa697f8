package metainfo

import (
	"runtime"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// PartSuffix is what unfinished downloads have behind their name. A torrent
// with both X and X.part is refused, because the two would meet on disk.
const PartSuffix = ".part"

// names is the validator of paths. It knows every path of one torrent, so
// that it sees two that are the same, and a file that is also a folder.
type names struct {
	limits  Limits
	windows bool // make names fit for Windows
	fold    bool // names that differ only in case are the same file
	nodes   map[nameKey]node
	aliases map[nameKey]string // names that had to be changed; with fold all
	numbers map[nameKey]int    // for names that clashed, the last number given
	parts   []nameKey          // nodes whose name ends in PartSuffix
	spare   []string           // room for paths, taken in large chunks
	last    lastFolder
}

// lastFolder is the folder of the file that came last. Files mostly come folder
// by folder, so that this saves most of the searching.
type lastFolder struct {
	raw, safe []string // its path in the torrent and as it is stored
	id        int
}

// nameKey is a name in a folder; folder 0 is the root.
type nameKey struct {
	folder int
	name   string
}

// node is a file or folder that a torrent names.
type node struct {
	id      int
	file    bool
	changed bool // the name is not the one in the torrent
}

func newNames(l Limits) *names {
	windows := runtime.GOOS == "windows"
	return &names{
		limits:  l,
		windows: windows,
		fold:    windows || runtime.GOOS == "darwin",
		nodes:   map[nameKey]node{},
		aliases: map[nameKey]string{},
		numbers: map[nameKey]int{},
	}
}

// room returns an empty slice with space for n elements.
func (s *names) room(n int) []string {
	if cap(s.spare)-len(s.spare) < n {
		s.spare = make([]string, 0, max(n, min(4096, 2*cap(s.spare)+16)))
	}
	used := len(s.spare)
	s.spare = s.spare[:used+n]
	return s.spare[used : used : used+n]
}

// file validates the path of a file and makes it known. It changes elements
// in place to what is safe to store.
func (s *names) file(elements []string) ([]string, error) {
	if len(elements) == 0 {
		return nil, refuse("", "it is empty")
	}
	if len(elements) > s.limits.PathDepth {
		return nil, refuse("", "%d elements are more than the limit of %d", len(elements), s.limits.PathDepth)
	}
	last := len(elements) - 1
	folder, err := s.enterFolders(elements[:last])
	if err != nil {
		return nil, err
	}
	safe, err := s.element(elements[last])
	if err != nil {
		return nil, err
	}
	if _, elements[last], err = s.enter(nameKey{folder, elements[last]}, safe, true); err != nil {
		return nil, err
	}
	return elements, nil
}

// enterFolders makes the folders around a file known, changes their names in
// place to what is safe to store, and returns the innermost one.
func (s *names) enterFolders(elements []string) (folder int, err error) {
	if len(elements) > 0 && slices.Equal(elements, s.last.raw) {
		copy(elements, s.last.safe)
		return s.last.id, nil
	}
	s.last.raw = append(s.last.raw[:0], elements...)
	for n, raw := range elements {
		safe, err := s.element(raw)
		if err != nil {
			return 0, err
		}
		if folder, elements[n], err = s.enter(nameKey{folder, raw}, safe, false); err != nil {
			return 0, err
		}
	}
	s.last.safe, s.last.id = append(s.last.safe[:0], elements...), folder
	return folder, nil
}

// expect makes room for n files.
func (s *names) expect(n int) {
	if len(s.nodes) == 0 {
		s.nodes = make(map[nameKey]node, n)
	}
}

// element validates one path element and returns it as it can be stored.
func (s *names) element(name string) (string, error) {
	switch {
	case name == "":
		return "", refuse("", "an element is empty")
	case name == "." || name == "..":
		return "", refuse("", "an element is %q", name)
	case len(name) > s.limits.NameBytes:
		return "", refuse("", "the element %s has %d bytes, more than the limit of %d", quote(name), len(name), s.limits.NameBytes)
	case strings.IndexByte(name, '/') >= 0:
		return "", refuse("", "the element %s has a separator in it", quote(name))
	case strings.IndexByte(name, 0) >= 0:
		return "", refuse("", "the element %s has a NUL byte in it", quote(name))
	}
	if !utf8.ValidString(name) {
		name = underscore(name)
	}
	if s.windows {
		name = portable(name)
	}
	return name, nil
}

// enter makes a file or folder known under a name that nothing else has. key
// holds the name as it is in the torrent, safe is how it should be stored.
func (s *names) enter(key nameKey, safe string, isFile bool) (id int, name string, err error) {
	if alias, ok := s.aliases[key]; ok {
		safe = alias
	}
	at := s.key(key.folder, safe)
	old, taken := s.nodes[at]
	if taken && !old.file && !isFile {
		return old.id, safe, nil
	}
	changed := safe != key.name
	if taken {
		_, again := s.aliases[key]
		if again || !(changed || old.changed || s.fold) {
			return 0, "", clash(key.name, old.file && isFile)
		}
		safe, changed = s.unused(key.folder, safe), true
		at = s.key(key.folder, safe)
	}
	if changed || s.fold {
		s.aliases[key] = safe
	}
	if strings.HasSuffix(safe, PartSuffix) {
		s.parts = append(s.parts, at)
	}
	id = len(s.nodes) + 1
	s.nodes[at] = node{id: id, file: isFile, changed: changed}
	return id, safe, nil
}

func clash(name string, files bool) error {
	if files {
		return refuse("", "two files have the path that ends in %s", quote(name))
	}
	return refuse("", "%s is both a file and a folder", quote(name))
}

// key returns the key under which a stored name is unique.
func (s *names) key(folder int, name string) nameKey {
	if s.fold {
		name = strings.ToLower(name)
	}
	return nameKey{folder, name}
}

// unused returns a name like want that nothing in folder has.
func (s *names) unused(folder int, want string) string {
	base := s.key(folder, want)
	for n := max(2, s.numbers[base]+1); ; n++ {
		suffix := "~" + strconv.Itoa(n)
		keep := min(len(want), s.limits.NameBytes-len(suffix))
		for keep > 0 && keep < len(want) && !utf8.RuneStart(want[keep]) {
			keep--
		}
		name := want[:keep] + suffix
		if _, taken := s.nodes[s.key(folder, name)]; !taken {
			s.numbers[base] = n
			return name
		}
	}
}

// finish checks what can only be seen once all paths are known.
func (s *names) finish() error {
	for _, part := range s.parts {
		whole := nameKey{part.folder, strings.TrimSuffix(part.name, PartSuffix)}
		if s.nodes[whole].file {
			return refuse("files", "%s lies beside %s, which is its name while it is unfinished", quote(whole.name), quote(part.name))
		}
	}
	return nil
}

// underscore replaces each byte that is not UTF-8, so that the length stays.
func underscore(name string) string {
	b := []byte(name)
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			b[i] = '_'
		}
		i += size
	}
	return string(b)
}
