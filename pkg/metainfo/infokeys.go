package metainfo

// infoKeys are the entries of an info dictionary that have a meaning here,
// cut out but not yet understood. An info dictionary may list its keys in any
// order, and some can only be read once others are known.
type infoKeys struct {
	name, nameUTF8, pieceLength, pieces, length, files span // BEP 3
	fileTree, metaVersion                              span // BEP 52
	private, source, attr                              span // BEP 27, none, BEP 47
}

// field returns where the value of a key goes, or nil for a key without a
// meaning.
func (k *infoKeys) field(key []byte) *span {
	switch string(key) {
	case "name":
		return &k.name
	case "name.utf-8":
		return &k.nameUTF8
	case "piece length":
		return &k.pieceLength
	case "pieces":
		return &k.pieces
	case "length":
		return &k.length
	case "files":
		return &k.files
	case "file tree":
		return &k.fileTree
	case "meta version":
		return &k.metaVersion
	case "private":
		return &k.private
	case "source":
		return &k.source
	case "attr":
		return &k.attr
	}
	return nil
}

// scanInfo walks an info dictionary and checks its syntax to the end.
func scanInfo(c *cursor) infoKeys {
	var keys infoKeys
	for c.enter('d'); c.more(); {
		scanEntry(c, keys.field)
	}
	return keys
}

// scanEntry reads a key and its value, and stores the value where field says.
// A key that comes twice is refused: programs would differ in which value
// they take.
func scanEntry(c *cursor, field func(key []byte) *span) {
	key := c.str()
	to := field(key)
	if to == nil {
		c.skip()
		return
	}
	if to.raw != nil {
		c.fail("the key %s comes twice", quote(key))
		return
	}
	*to = c.span()
}
