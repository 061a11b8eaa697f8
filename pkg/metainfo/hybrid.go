package metainfo

import "slices"

// filesHybrid reads both descriptions of a hybrid torrent and checks that
// they are one: the same files in the same order, each at the start of a
// piece (BEP 52, "upgrade path"). A peer of either kind then means the same
// bytes by a piece.
func (b *builder) filesHybrid() error {
	treeNames := b.names
	b.names = newNames(b.limits)
	if err := b.filesV1(); err != nil {
		return err
	}
	listNames := b.names
	b.names = treeNames
	tree, err := b.readTree()
	if err != nil {
		return within("file tree", err)
	}
	pieces, err := b.placeV2(tree)
	if err != nil {
		return err
	}
	b.names = listNames
	if ceilDiv(b.info.Length, b.info.PieceLength) != int64(pieces) {
		return refuse("files", "the v1 list does not make %d pieces as the file tree does", pieces)
	}
	return b.merge(tree)
}

// merge puts the merkle roots of the tree's files into the list's.
func (b *builder) merge(tree []File) error {
	n := 0
	for at := range b.info.Files {
		f := &b.info.Files[at]
		if f.Pad {
			continue
		}
		if n == len(tree) {
			return refuse("file tree", "it has fewer files than the v1 list")
		}
		v2 := &tree[n]
		n++
		switch {
		case !slices.Equal(f.Path, v2.Path):
			return refuse("file tree", "it has %s where the v1 list has %s", quote(joined(v2.Path)), quote(joined(f.Path)))
		case f.Length != v2.Length:
			return refuse("file tree", "%s has %d bytes, but %d in the v1 list", quote(joined(f.Path)), v2.Length, f.Length)
		case f.Length > 0 && f.Offset != v2.Offset:
			return refuse("files", "%s does not start with a piece", quote(joined(f.Path)))
		}
		f.PiecesRoot = v2.PiecesRoot
	}
	if n < len(tree) {
		return refuse("file tree", "it has more files than the v1 list")
	}
	return nil
}
