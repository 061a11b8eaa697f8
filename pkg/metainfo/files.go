package metainfo

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// files reads the files of a v1, v2 or hybrid torrent.
func (b *builder) files() error {
	read := b.filesHybrid
	switch {
	case !b.info.v2:
		read = b.filesV1
	case !b.hasV1():
		read = b.filesV2
	}
	if err := read(); err != nil {
		return err
	}
	return b.names.finish()
}

// filesV1 reads "length" or "files" (BEP 3).
func (b *builder) filesV1() error {
	k := &b.keys
	length, files := k.length.kind(), k.files.kind()
	switch {
	case length != 0 && files != 0:
		return refuse("files", "there is a length as well, so nobody can tell whether this is one file")
	case length == 0 && files == 0:
		return refuse("length", "it is missing, and there are no files either")
	case length == 'i':
		b.info.single = true
		f := File{Length: k.length.integer(), Attr: parseAttr(k.attr.str()) &^ AttrSymlink}
		var err error
		if f.Path, err = b.names.file([]string{b.info.Name}); err != nil {
			return within("name", err)
		}
		return within("length", b.add(f))
	case files == 'l':
		return b.fileList()
	case length != 0:
		return refuse("length", "want an integer, got %s", kindName(length))
	}
	return refuse("files", "want a list, got %s", kindName(files))
}

func (b *builder) fileList() error {
	n := b.keys.files.entries
	if n == 0 {
		return refuse("files", "the list is empty")
	}
	b.info.Files = make([]File, 0, n)
	if b.info.v2 {
		b.names.expect((n + 1) / 2) // the rest is padding
	} else {
		b.names.expect(n)
	}
	c, k := inside(b.keys.files.raw), newFileKeys()
	for c.enter('l'); c.more(); {
		if err := b.fileEntry(c, k); err != nil {
			return within("files["+strconv.Itoa(len(b.info.Files))+"]", err)
		}
	}
	if c.err != nil {
		return within("files", c.err)
	}
	return nil
}

// fileEntry reads one element of "files".
func (b *builder) fileEntry(c *cursor, k *fileKeys) error {
	if c.peek() != 'd' {
		return refuse("", "want a dictionary")
	}
	if err := k.scan(c); err != nil {
		return err
	}
	length := k.length
	if length.kind() != 'i' {
		return refuse("length", "want an integer, got %s", kindName(length.kind()))
	}
	f := File{Length: length.integer()}
	flags := k.attr.str()
	if f.Pad = slices.Contains(flags, 'p'); !f.Pad {
		f.Attr = parseAttr(flags)
	}
	if f.Attr&AttrSymlink != 0 && f.Length != 0 {
		f.Attr &^= AttrSymlink
		b.warn("a symbolic link of %d bytes counts as a file", f.Length)
	}
	if f.Attr&AttrSymlink != 0 {
		f.Target = b.names.target(k.target)
	}
	var err error
	if f.Path, err = b.path(k.path, k.pathUTF8, f); err != nil {
		return within("path", err)
	}
	return within("length", b.add(f))
}

// path reads and validates a list of path elements.
func (b *builder) path(path, pathUTF8 span, f File) ([]string, error) {
	if f.Pad {
		// Padding is never stored, so its name means nothing and may repeat.
		return b.padPath(path, f.Length), nil
	}
	elements, ok := b.names.elements(pathUTF8)
	if !ok || slices.ContainsFunc(elements, func(s string) bool { return !utf8.ValidString(s) }) {
		if elements, ok = b.names.elements(path); !ok {
			return nil, refuse("", "want a list of strings")
		}
	}
	return b.names.file(elements)
}

// padPath returns the path of a padding file, or the usual one if that would
// not do for a file.
func (b *builder) padPath(path span, length int64) []string {
	if len(path.raw) > 0 && bytes.Equal(path.raw, b.pad.raw) {
		return b.pad.path
	}
	elements, ok := b.names.elements(path)
	if !ok || !b.names.plain(elements) {
		return []string{padFolder, strconv.FormatInt(length, 10)}
	}
	b.pad.raw, b.pad.path = path.raw, elements
	return elements
}

// elements reads a list of strings that is not empty.
func (s *names) elements(list span) ([]string, bool) {
	if list.kind() != 'l' || list.entries == 0 {
		return nil, false
	}
	elements := s.room(list.entries)
	c := inside(list.raw)
	for c.enter('l'); c.more(); {
		elements = append(elements, text(c.str()))
	}
	return elements, c.err == nil
}

// add appends a file that follows the one before it, and checks the sum.
func (b *builder) add(f File) error {
	i := b.info
	most := int64(b.limits.Pieces) * i.PieceLength
	switch {
	case f.Length < 0:
		return refuse("", "it is negative: %d", f.Length)
	case f.Length > most-i.Length:
		return refuse("", "with %d bytes more there are over %d pieces", f.Length, b.limits.Pieces)
	}
	f.Offset = i.Length
	i.Length += f.Length
	i.Files = append(i.Files, f)
	return nil
}

// joined writes a path with slashes, for messages.
func joined(path []string) string { return strings.Join(path, "/") }

// padFolder is where padding files lie by convention (BEP 47).
const padFolder = ".pad"

// parseAttr reads an "attr" value (BEP 47) except for 'p'. Letters without a
// meaning are ignored, as the specification wants.
func parseAttr(letters []byte) Attr {
	var a Attr
	for _, letter := range letters {
		switch letter {
		case 'x':
			a |= AttrExecutable
		case 'h':
			a |= AttrHidden
		case 'l':
			a |= AttrSymlink
		}
	}
	return a
}
