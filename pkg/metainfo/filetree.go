package metainfo

import "bytes"

// filesV2 reads the "file tree" (BEP 52). The order of its keys is the order
// of the files, so keys have to be sorted.
func (b *builder) filesV2() error {
	files, err := b.readTree()
	if err != nil {
		return within("file tree", err)
	}
	i := b.info
	i.Files = files
	i.single = len(files) == 1 && len(files[0].Path) == 1 && files[0].Path[0] == i.Name
	i.numPieces, err = b.placeV2(files)
	if last := len(files) - 1; err == nil {
		i.Length = files[last].End()
	}
	return err
}

// placeV2 gives each file its offset: the start of the next free piece. It
// returns the number of pieces.
func (b *builder) placeV2(files []File) (int, error) {
	length, pieces := b.info.PieceLength, int64(0)
	for n := range files {
		f := &files[n]
		f.Offset = pieces * length
		if pieces += ceilDiv(f.Length, length); pieces > int64(b.limits.Pieces) {
			return 0, refuse("file tree", "there are more than %d pieces", b.limits.Pieces)
		}
	}
	return int(pieces), nil
}

// readTree reads the files without their offsets.
func (b *builder) readTree() ([]File, error) {
	// A guess from how a file looks, bounded by the least that one takes.
	raw := b.keys.fileTree.raw
	n := min(bytes.Count(raw, []byte("0:d")), len(raw)/20)
	files := make([]File, 0, n)
	b.names.expect(n)
	err := b.walkTree(func(path []string, f File) error {
		var err error
		f.Path, err = b.names.file(append(b.names.room(len(path)), path...))
		files = append(files, f)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, refuse("", "there are no files")
	}
	return files, nil
}

// walkTree calls visit for each file of the tree, in order. The file lacks its
// path and offset, and the path, which is reused, is not validated.
func (b *builder) walkTree(visit func(path []string, f File) error) error {
	t := tree{
		cursor: inside(b.keys.fileTree.raw), keys: newFileKeys(), names: b.names, visit: visit,
		most: int64(b.limits.Pieces) * b.info.PieceLength,
	}
	return t.folder()
}

// tree reads a file tree.
type tree struct {
	cursor *cursor
	keys   *fileKeys
	names  *names
	visit  func(path []string, f File) error
	path   []string // of what is being read
	most   int64    // bytes that a file may have
}

// folder reads a dictionary of names. It calls itself for each folder inside,
// which the cursor's limit on depth bounds.
func (t *tree) folder() error {
	c := t.cursor
	last := []byte(nil) // sorts before every name but the empty one, which is refused
	for c.enter('d'); c.more(); {
		name := c.str()
		if bytes.Compare(last, name) >= 0 {
			return refuse("", "the name %s is empty or out of order", quote(name))
		}
		last = name
		t.path = append(t.path, text(name))
		if err := t.child(); err != nil {
			return err
		}
		t.path = t.path[:len(t.path)-1]
	}
	if c.err != nil {
		return c.err
	}
	return nil
}

// child reads what a name stands for: a file, if its dictionary starts with
// an empty key, or a folder.
func (t *tree) child() error {
	c := t.cursor
	if c.peek() != 'd' {
		return refuse("", "%s is not a dictionary", quote(t.path[len(t.path)-1]))
	}
	if !bytes.HasPrefix(c.b[c.pos+1:], []byte("0:")) {
		return t.folder()
	}
	c.enter('d')
	c.str()
	if err := t.file(); err != nil {
		return err
	}
	if c.more() {
		return clash(t.path[len(t.path)-1], false)
	}
	return nil
}

// file reads the properties of a file.
func (t *tree) file() error {
	c := t.cursor
	name := t.path[len(t.path)-1]
	if c.peek() != 'd' {
		return refuse("", "the file %s is not a dictionary", quote(name))
	}
	k := t.keys
	if err := k.scan(c); err != nil {
		return err
	}
	length, root := k.length, k.root.str()
	f := File{Length: length.integer(), Attr: parseAttr(k.attr.str())}
	switch {
	case length.kind() != 'i' && (length.kind() != 0 || f.Attr&AttrSymlink == 0): // links have none
		return refuse("", "the length of %s is %s", quote(name), kindName(length.kind()))
	case f.Length < 0 || f.Length > t.most:
		return refuse("", "the length of %s is out of range: %d", quote(name), f.Length)
	case f.Length > 0 && len(root) != len(f.PiecesRoot):
		return refuse("", "%s has no pieces root of 32 bytes", quote(name))
	case f.Length > 0:
		f.PiecesRoot = Hash256(root)
		f.Attr &^= AttrSymlink
	}
	if f.Attr&AttrSymlink != 0 {
		f.Target = t.names.target(k.target)
	}
	return t.visit(t.path, f)
}
