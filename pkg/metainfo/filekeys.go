package metainfo

// fileKeys are the entries that describe one file, in a v1 list or a v2 tree.
// One value serves all files of a torrent in turn.
type fileKeys struct {
	length, attr, path, pathUTF8, root, target span
	find                                       func(key []byte) *span
}

func newFileKeys() *fileKeys {
	k := &fileKeys{}
	k.find = k.field
	return k
}

func (k *fileKeys) field(key []byte) *span {
	switch string(key) {
	case "length":
		return &k.length
	case "attr":
		return &k.attr
	case "path":
		return &k.path
	case "path.utf-8":
		return &k.pathUTF8
	case "pieces root":
		return &k.root
	case "symlink path":
		return &k.target
	}
	return nil
}

// scan reads the dictionary of one file.
func (k *fileKeys) scan(c *cursor) error {
	*k = fileKeys{find: k.find}
	for c.enter('d'); c.more(); {
		scanEntry(c, k.find)
	}
	if c.err != nil {
		return c.err
	}
	return nil
}
