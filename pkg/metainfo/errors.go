package metainfo

import (
	"errors"
	"strconv"
)

// Error says why a torrent or an info dictionary was refused. Every refusal
// by Parse, ParseInfo and Load is an *Error; only failures to read the file
// are not.
type Error struct {
	Part   string // what was wrong, like "info.files[3].path"; empty for the whole
	Reason string // why, in words a person understands; text from outside is quoted
}

func (e *Error) Error() string {
	if e.Part == "" {
		return "parse torrent: " + e.Reason
	}
	return "parse torrent: " + e.Part + ": " + e.Reason
}

// MagnetError says why a magnet link was refused.
type MagnetError struct {
	Part   string // the parameter that was wrong, like "xt"; empty for the whole
	Reason string
}

func (e *MagnetError) Error() string {
	if e.Part == "" {
		return "parse magnet: " + e.Reason
	}
	return "parse magnet: " + e.Part + ": " + e.Reason
}

// OptionError says which option of Create, or which URL given to a setter,
// cannot be honoured.
type OptionError struct {
	Option string // the field of Options
	Reason string
}

func (e *OptionError) Error() string {
	return "set " + e.Option + ": " + e.Reason
}

var (
	// ErrChanged is what Create returns when a file was written to while it
	// was hashed: the torrent would describe a file that never existed.
	ErrChanged = errors.New("changed while it was hashed")
	// ErrNoFiles is what Create returns when nothing is left to share.
	ErrNoFiles = errors.New("no files to share")
)

// quote returns s in quotes, escaped, and cut short where it is long, for use
// in messages.
func quote[T string | []byte](s T) string {
	const most = 80
	if len(s) > most {
		return strconv.Quote(string(s[:most])) + "..."
	}
	return strconv.Quote(string(s))
}
