package disk

import "os"

// record is how a file looked: enough to tell whether it was touched since. The zero value stands for none.
type record struct {
	size  int64
	mtime int64  // nanoseconds
	inode uint64 // 0 where the system has none
}

func recordOf(fi os.FileInfo) record {
	return record{size: fi.Size(), mtime: fi.ModTime().UnixNano(), inode: inodeOf(fi)}
}
