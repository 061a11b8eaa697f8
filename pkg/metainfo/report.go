package metainfo

import "strconv"

// Status is what Verify found out about one file.
type Status uint8

// The states of a file.
const (
	Complete   Status = iota // every byte is right
	Damaged                  // some bytes are wrong
	Missing                  // there is no such file
	WrongSize                // the file is longer or shorter; its bytes may be right
	Unreadable               // the file is there, but reading it failed
	// Unverified means that nothing wrong was seen, but some bytes share a v1
	// piece with another file's bytes that are not there, so that nobody can
	// tell whether they are right; or, with VerifyOptions.Quick, that the file
	// was modified after the torrent was made.
	Unverified
)

// String returns the status in lower-case words, such as "wrong size".
func (s Status) String() string {
	switch s {
	case Complete:
		return "complete"
	case Damaged:
		return "damaged"
	case Missing:
		return "missing"
	case WrongSize:
		return "wrong size"
	case Unreadable:
		return "unreadable"
	case Unverified:
		return "unverified"
	}
	return "Status(" + strconv.Itoa(int(s)) + ")"
}

// Report is what Verify found.
type Report struct {
	Root       string       // the folder, or the single file, that was looked at
	Quick      bool         // nothing was hashed, see VerifyOptions
	Files      []FileReport // in the order of the torrent, without padding and symbolic links
	Extra      []string     // slash-separated paths below Root that are not in the torrent
	Pieces     int          // pieces of the torrent
	GoodPieces int          // pieces whose hash is right; none if Quick
	GoodBytes  int64        // bytes in files that lie in good pieces; those of complete files if Quick
}

// Complete tells whether every byte of every file is right. Extra files do
// not matter.
func (r *Report) Complete() bool {
	for n := range r.Files {
		if r.Files[n].Status != Complete {
			return false
		}
	}
	return true
}

// FileReport is what Verify found out about one file.
type FileReport struct {
	File   int // index into Info.Files
	Status Status
	Size   int64 // bytes on disk; 0 if the file is missing
	// Damaged lists what is wrong or lacking, in order, to the precision of
	// pieces. It is empty for a missing file, where that is everything.
	Damaged []ByteRange
	// Unverified lists what cannot be judged, see the status of this name. A
	// file of another status may have such ranges as well.
	Unverified []ByteRange
	Err        error // why an Unreadable file is
}

// ByteRange is the bytes of a file from Start up to but not including End.
type ByteRange struct{ Start, End int64 }

// addRange appends a range, or extends the last one by it.
func addRange(list *[]ByteRange, r ByteRange) {
	if n := len(*list); n > 0 && (*list)[n-1].End == r.Start {
		(*list)[n-1].End = r.End
		return
	}
	*list = append(*list, r)
}
