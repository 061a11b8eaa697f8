package metainfo

import (
	"fmt"
	"path/filepath"
	"time"
	"unicode/utf8"
)

// Format is the kind of torrent that Create makes.
type Format uint8

// The formats. V1 is what every client understands.
const (
	V1     Format = iota // SHA-1 over pieces (BEP 3)
	V2                   // SHA-256 merkle trees over files (BEP 52)
	Hybrid               // both: one torrent for clients of either kind
)

// String returns "v1", "v2" or "hybrid".
func (f Format) String() string {
	switch f {
	case V1:
		return "v1"
	case V2:
		return "v2"
	case Hybrid:
		return "hybrid"
	}
	return fmt.Sprintf("Format(%d)", uint8(f))
}

// Options says what Create makes. Only Path has to be set.
type Options struct {
	Path string // the file or folder to share
	Name string // of the torrent; empty means the last element of Path
	// Format is V1 unless set.
	Format Format
	// PieceLength is in bytes: a multiple of 16 KiB, and a power of two for V2
	// and Hybrid. 0 means to choose one by the amount of data.
	PieceLength int64
	Trackers    [][]string // tiers of http, https and udp URLs (BEP 12)
	WebSeeds    []string   // http and https URLs (BEP 19)
	Private     bool       // BEP 27
	Source      string     // makes the infohash differ; empty for none
	Comment     string
	CreatedBy   string
	Date        time.Time // zero for none
	// Include and Exclude choose files of a folder by globs over slash-separated
	// paths below Path. A glob without a slash fits an element at any depth,
	// "**" fits any number of elements, and what fits a folder fits all in it.
	// A file is shared if Include is empty or has a fitting glob, and Exclude
	// has none.
	Include, Exclude []string
	// KeepJunk shares files that systems scatter about as well: .DS_Store,
	// Thumbs.db and desktop.ini.
	KeepJunk bool
	// StoreLinks stores the symbolic links in a folder as such (BEP 47) instead
	// of what they lead to. One that leads out of the folder is an error then.
	StoreLinks bool
	// Inspect is called once the files are known and before any is hashed. The
	// torrent that it is given lacks the hashes and nothing else. Its error, if
	// it returns one, ends Create.
	Inspect func(*Metainfo) error
	Workers int // goroutines that hash; 0 means GOMAXPROCS
	// Progress is told how many bytes are hashed, about ten times a second and
	// at the end. Calls do not overlap, but come from several goroutines.
	Progress func(done, total int64)
}

// check finds options that cannot be honoured. The error is an *OptionError.
func (o *Options) check() error {
	if o.Format > Hybrid {
		return &OptionError{"Format", "it is unknown"}
	}
	if err := o.checkPieceLength(); err != nil {
		return err
	}
	var m Metainfo
	if err := m.SetTrackers(o.Trackers); err != nil {
		return err
	}
	if err := m.SetWebSeeds(o.WebSeeds); err != nil {
		return err
	}
	for name, text := range map[string]string{"Source": o.Source, "Comment": o.Comment, "CreatedBy": o.CreatedBy} {
		if !utf8.ValidString(text) {
			return &OptionError{name, "it is not UTF-8"}
		}
	}
	return nil
}

func (o *Options) checkPieceLength() error {
	n := o.PieceLength
	switch {
	case n == 0:
	case n < leafLength || n > DefaultPieceLength:
		return &OptionError{"PieceLength", fmt.Sprintf("%d bytes are not between 16 KiB and 512 MiB", n)}
	case n%leafLength != 0:
		return &OptionError{"PieceLength", fmt.Sprintf("%d bytes are no multiple of 16 KiB", n)}
	case o.Format != V1 && n&(n-1) != 0:
		return &OptionError{"PieceLength", fmt.Sprintf("%d bytes are no power of two, which %s wants", n, o.Format)}
	}
	return nil
}

// name returns the name of the torrent, validated.
func (o *Options) name() (string, error) {
	name := o.Name
	if name == "" {
		path, err := filepath.Abs(o.Path)
		if err != nil {
			return "", fmt.Errorf("create torrent: %w", err)
		}
		name = filepath.Base(path)
	}
	safe, err := newNames(Limits{}.withDefaults()).element(name)
	if err == nil {
		err = reserved(name)
	}
	if err != nil || safe != name {
		return "", &OptionError{"Name", quote(name) + " cannot be a file name everywhere"}
	}
	return name, nil
}
