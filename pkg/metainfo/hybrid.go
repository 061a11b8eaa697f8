package metainfo

import "slices"

// filesHybrid reads both descriptions of a hybrid torrent and checks that
// they are one: the same files in the same order, each at the start of a
// piece (BEP 52, "upgrade path"). A peer of either kind then means the same
// bytes by a piece.
func (b *builder) filesHybrid() error {
	if err := b.filesV1(); err != nil {
		return err
	}
	if b.mergeSame() {
		return nil
	}
	listNames := b.names
	b.names = newNames(b.limits)
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

// mergeSame puts the merkle roots of the tree's files into the list's where
// both are plainly the same: no name had to be changed. Otherwise it returns
// false, and a longer look will find out why.
func (b *builder) mergeSame() bool {
	i, at, pieces := b.info, 0, int64(0)
	errOther := refuse("", "not the same")
	err := b.walkTree(func(path []string, v2 File) error {
		for at < len(i.Files) && i.Files[at].Pad {
			at++
		}
		if at == len(i.Files) {
			return errOther
		}
		f := &i.Files[at]
		at++
		if f.Length != v2.Length || f.Length > 0 && f.Offset != pieces*i.PieceLength || !slices.Equal(f.Path, path) {
			return errOther
		}
		pieces += ceilDiv(f.Length, i.PieceLength)
		f.PiecesRoot = v2.PiecesRoot
		return nil
	})
	for at < len(i.Files) && i.Files[at].Pad {
		at++
	}
	return err == nil && at == len(i.Files) && pieces <= int64(b.limits.Pieces) && pieces == ceilDiv(i.Length, i.PieceLength)
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
