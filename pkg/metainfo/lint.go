package metainfo

import (
	"fmt"
	"strings"
)

// Lint is something about a torrent that is allowed, but probably not meant.
type Lint struct {
	Name    string // of the kind, see Lints
	Message string // what is the matter, in words; text from outside is quoted
	// Grave tells that the torrent will not do what it is made for, or be
	// refused by many clients. Other findings concern few.
	Grave bool
}

// The kinds of Lint.
const (
	LintPrivateTrackerless = "private-trackerless" // private (BEP 27), but no tracker to ask for peers
	LintSmallPieces        = "small-piece-length"  // more hashes than the content needs
	LintLargePieces        = "large-piece-length"  // longer pieces than many clients take
	LintUnevenPieces       = "uneven-piece-length" // not a power of two
	LintUnportableName     = "unportable-name"     // a name that some systems cannot store
	LintClashingNames      = "clashing-names"      // names that are the same to some systems
	LintLongPath           = "long-path"           // a path that some systems cannot store
)

// Lints lists the kinds of Lint.
func Lints() []string {
	return []string{
		LintPrivateTrackerless, LintSmallPieces, LintLargePieces, LintUnevenPieces,
		LintUnportableName, LintClashingNames, LintLongPath,
	}
}

// What Lint takes as measures: pieces beyond which hashes grow into a burden,
// the longest piece that is common, in bytes, and the longest path that the
// usual programs on Windows open, in UTF-8 bytes here.
const (
	lintPieces      = 100_000
	lintPieceLength = 32 << 20
	lintPath        = 240
)

// Lint looks for what is allowed in a torrent, but probably not meant. It
// needs no hashes, and may be called by Options.Inspect. Of each kind there is
// one finding at most.
func (m *Metainfo) Lint() []Lint {
	var found []Lint
	add := func(grave bool, name, format string, args ...any) {
		found = append(found, Lint{name, fmt.Sprintf(format, args...), grave})
	}
	i := m.Info
	if i.Private && len(m.Trackers) == 0 {
		add(true, LintPrivateTrackerless, "a private torrent without a tracker: nobody can find peers")
	}
	auto := autoPieceLength(i.fileSizes(), i.format())
	switch length := i.PieceLength; {
	case length&(length-1) != 0:
		add(true, LintUnevenPieces, "a piece length of %d bytes is no power of two, which some clients refuse", length)
	case i.numPieces > lintPieces && length < auto:
		add(true, LintSmallPieces, "%d pieces of %d bytes make a large torrent; %d bytes would do", i.numPieces, length, auto)
	case length > max(lintPieceLength, auto):
		add(true, LintLargePieces, "a piece length of %d bytes is more than many clients take; %d bytes would do", length, auto)
	}
	i.lintNames(func(name, format string, args ...any) { add(false, name, format, args...) })
	return found
}

// fileSizes are the sizes of the files that hold data.
func (i *Info) fileSizes() []int64 {
	sizes := make([]int64, 0, len(i.Files))
	for n := range i.Files {
		if !i.Files[n].Pad {
			sizes = append(sizes, i.Files[n].Length)
		}
	}
	return sizes
}

func (i *Info) format() Format {
	switch {
	case !i.v2:
		return V1
	case i.pieces == nil:
		return V2
	}
	return Hybrid
}

// nameLint collects what is odd about names.
type nameLint struct {
	seen map[string]string // lower-case path of each file and folder: the path
	kind map[string]*nameFinding
}

// nameFinding counts the paths of one kind and keeps the first.
type nameFinding struct {
	count int
	text  string
}

func (l *nameLint) add(kind, format string, args ...any) {
	f := l.kind[kind]
	if f == nil {
		f = &nameFinding{text: fmt.Sprintf(format, args...)}
		l.kind[kind] = f
	}
	f.count++
}

// lintNames looks at all paths.
func (i *Info) lintNames(add func(name, format string, args ...any)) {
	l := &nameLint{seen: make(map[string]string, len(i.Files)), kind: map[string]*nameFinding{}}
	if odd := oddName(i.Name); odd != "" {
		l.add(LintUnportableName, "the name %s %s", quote(i.Name), odd)
	}
	for n := range i.Files {
		f := &i.Files[n]
		if f.Pad || i.single {
			continue
		}
		if len(i.Name)+1+len(joined(f.Path)) > lintPath {
			l.add(LintLongPath, "the path %s is longer than Windows commonly stores", quote(joined(f.Path)))
		}
		l.path(f.Path)
	}
	for _, kind := range Lints() {
		switch f := l.kind[kind]; {
		case f == nil:
		case f.count == 1:
			add(kind, "%s", f.text)
		default:
			add(kind, "%s, and %d more", f.text, f.count-1)
		}
	}
}

// path looks at the elements of a path that no earlier path had.
func (l *nameLint) path(elements []string) {
	for n := len(elements); n > 0; n-- {
		path := joined(elements[:n])
		key := strings.ToLower(path)
		if old, known := l.seen[key]; known {
			if old != path {
				l.add(LintClashingNames, "%s and %s differ in case alone, which some systems cannot tell apart", quote(old), quote(path))
				continue // the folders above may differ as well
			}
			return
		}
		l.seen[key] = path
		if odd := oddName(elements[n-1]); odd != "" {
			l.add(LintUnportableName, "the name %s %s", quote(path), odd)
		}
	}
}

// oddName tells why a name cannot be stored everywhere, or "".
func oddName(name string) string {
	switch {
	case portable(name) != name:
		return "cannot be stored on Windows"
	case strings.TrimSpace(name) != name:
		return "begins or ends with white space"
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "has control characters"
	}
	return ""
}
