package disk

import "os"

// record is how a file looked: enough to tell whether it was touched since. The zero value stands for none.
type record struct {
	size  int64
	mtime int64  // nanoseconds
	inode uint64 // 0 where the system has none
}

// What may lie under a name.
type fileKind uint8

const (
	otherKind fileKind = iota
	regularFile
	aFolder
	aLink
)

// sight is what a look at a file tells.
type sight struct {
	rec      record
	kind     fileKind
	unlinked bool  // it has no name any more, as far as the system tells
	stored   int64 // bytes that it takes on disk
}

// seen is the sight of a file that the standard library looked at.
func seen(fi os.FileInfo) sight {
	s := sight{
		rec:      record{size: fi.Size(), mtime: fi.ModTime().UnixNano(), inode: inodeOf(fi)},
		unlinked: isUnlinked(fi),
		stored:   storedBytes(fi),
	}
	switch {
	case fi.Mode().IsRegular():
		s.kind = regularFile
	case fi.IsDir():
		s.kind = aFolder
	case fi.Mode()&os.ModeSymlink != 0:
		s.kind = aLink
	}
	return s
}
