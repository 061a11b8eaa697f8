package metainfo

import (
	"crypto/sha1"
	"crypto/sha256"
	"sort"
	"sync"
)

// Info is an info dictionary, validated and indexed. It does not change after
// it was parsed, so any number of goroutines may read it; callers must not
// write to its fields either.
type Info struct {
	Name        string // safe as a path element
	PieceLength int64  // bytes
	Length      int64  // bytes of the piece space, padding included
	// Files lists the files in the order of the piece space, padding files
	// included (Pad is true). A single-file torrent has one file, with Path
	// {Name}; in a multi-file torrent paths do not start with Name.
	Files   []File
	Private bool   // BEP 27
	Source  string // the "source" key, which only makes the infohash differ

	raw        []byte
	hash       Hash
	hash2      Hash256
	pieces     []byte // v1: the hashes of all pieces, 20 bytes each
	numPieces  int
	v2         bool
	single     bool
	dataLength int64
	warnings   []string
}

// File is one file of a torrent.
type File struct {
	// Path is where the file lies: validated elements, safe to join below a
	// folder on this operating system. It is never empty.
	Path   []string
	Length int64 // bytes
	Offset int64 // of the first byte, in the piece space
	Pad    bool  // BEP 47: only zeros that fill up a piece, never stored
	Attr   Attr  // BEP 47
	// PiecesRoot is the root of the file's merkle tree (BEP 52). It is zero in
	// v1 torrents and for empty files.
	PiecesRoot Hash256
	// Target is where a symbolic link leads: validated elements below the
	// folder that Path lies below (BEP 47). It is nil for other files, and for
	// a link that leads anywhere else. Nothing in this package follows it.
	Target []string
}

// Attr is a set of file attributes (BEP 47). A torrent only suggests them.
type Attr uint8

// The attributes a file may have beside File.Pad.
const (
	AttrExecutable Attr = 1 << iota
	AttrHidden
	// AttrSymlink marks an empty file that stands for a symbolic link, see
	// File.Target.
	AttrSymlink
)

// End returns the offset of the first byte after the file.
func (f *File) End() int64 { return f.Offset + f.Length }

// Raw returns the dictionary's bytes as they were received. Callers must not
// write to them.
func (i *Info) Raw() []byte { return i.raw }

// InfoHash returns the SHA-1 of Raw. It names the torrent in v1 and hybrid
// swarms; in v2 swarms that is InfoHashV2.
func (i *Info) InfoHash() Hash { return i.hash }

// InfoHashV2 returns the SHA-256 of Raw, and false if this is no v2 or
// hybrid torrent.
func (i *Info) InfoHashV2() (Hash256, bool) { return i.hash2, i.v2 }

// HasV1 tells whether pieces have SHA-1 hashes (v1 and hybrid torrents).
func (i *Info) HasV1() bool { return i.pieces != nil }

// HasV2 tells whether files have merkle roots (v2 and hybrid torrents).
func (i *Info) HasV2() bool { return i.v2 }

// SingleFile tells whether the torrent is one file without a folder.
func (i *Info) SingleFile() bool { return i.single }

// DataLength returns the bytes of all files without padding.
func (i *Info) DataLength() int64 { return i.dataLength }

// NumPieces returns the number of pieces.
func (i *Info) NumPieces() int { return i.numPieces }

// PieceSize returns the bytes of piece p. Only the last piece may be shorter
// than PieceLength in v1 and hybrid torrents; in v2 torrents that holds for
// the last piece of each file.
func (i *Info) PieceSize(p int) int64 {
	start := int64(p) * i.PieceLength
	end := i.Length
	if !i.HasV1() {
		end = i.Files[i.FileAt(start)].End()
	}
	return min(i.PieceLength, end-start)
}

// PieceHash returns the SHA-1 hash of piece p. It panics in torrents that
// have none (see HasV1), as it does for a piece that does not exist.
func (i *Info) PieceHash(p int) Hash {
	return Hash(i.pieces[p*len(Hash{}):])
}

// FileAt returns the index of the file that holds byte off of the piece
// space, or -1 if none does. Files without bytes are never the answer.
func (i *Info) FileAt(off int64) int {
	// Of the files that start at one offset only the last can have bytes.
	n := sort.Search(len(i.Files), func(n int) bool { return i.Files[n].Offset > off }) - 1
	if n < 0 || off >= i.Files[n].End() {
		return -1
	}
	return n
}

// longRaw is from where on hashing twice at once is worth a goroutine, in bytes.
const longRaw = 1 << 20

// sum hashes the raw bytes.
func (i *Info) sum() {
	var first sync.WaitGroup
	if i.v2 && len(i.raw) >= longRaw {
		first.Go(func() { i.hash = sha1.Sum(i.raw) })
	} else {
		i.hash = sha1.Sum(i.raw)
	}
	if i.v2 {
		i.hash2 = sha256.Sum256(i.raw)
	}
	first.Wait()
}

// seal takes over raw, which must not change any more, and hashes it.
func (i *Info) seal(raw []byte) {
	i.raw = raw
	i.sum()
	for n := range i.Files {
		if !i.Files[n].Pad {
			i.dataLength += i.Files[n].Length
		}
	}
}
