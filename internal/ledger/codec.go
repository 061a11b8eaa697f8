package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"time"
)

// version is that of the files. Fields are added under it; a reader passes over those it does not know.
const version = 1

// maxRecord bounds the file of a record, in bytes. Links are bounded far below by those who read them.
const maxRecord = 1 << 20

// Limits of what is in a record.
const (
	maxFlags  = 200
	maxSeeded = 200 * 365 * 24 * time.Hour
)

// ErrDamaged is a record that cannot be believed, and ErrNewer one that a later version has written.
var (
	ErrDamaged = errors.New("damaged, or not a record of a transfer")
	ErrNewer   = errors.New("written by a later version")
)

var (
	validID    = regexp.MustCompile(`^([0-9a-f]{40})-[0-9a-f]{8}$`)
	validRun   = regexp.MustCompile(`^run-[0-9]{1,10}-[0-9a-f]{16}$`)
	validFlag  = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)
	knownState = map[State]bool{Unfinished: true, Failed: true, Seeding: true, Complete: true}
)

// file is a record with the version of its format before it.
type file struct {
	V int `json:"v"`
	Record
}

// encode gives the bytes of a record's file.
func encode(r Record) ([]byte, error) {
	if err := check(r, r.ID); err != nil {
		return nil, err
	}
	b, err := json.MarshalIndent(file{V: version, Record: r}, "", "\t")
	if err != nil {
		return nil, err
	}
	if len(b) >= maxRecord {
		return nil, fmt.Errorf("larger than %d bytes", maxRecord)
	}
	return append(b, '\n'), nil
}

// decode reads the record of a name. Its error is ErrDamaged with a reason, or ErrNewer.
func decode(id string, b []byte) (Record, error) {
	var f file
	if len(b) > maxRecord {
		return Record{}, fmt.Errorf("%w: larger than %d bytes", ErrDamaged, maxRecord)
	}
	if err := json.Unmarshal(b, &struct {
		V *int `json:"v"`
	}{&f.V}); err != nil {
		return Record{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if f.V > version {
		return Record{}, fmt.Errorf("%w (format %d)", ErrNewer, f.V)
	}
	if f.V < 1 {
		return Record{}, fmt.Errorf("%w: no version", ErrDamaged)
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return Record{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err := check(f.Record, id); err != nil {
		return Record{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return f.Record, nil
}

// check refuses what no version has ever written.
func check(r Record, id string) error {
	name := validID.FindStringSubmatch(id)
	switch {
	case name == nil:
		return fmt.Errorf("%q is no name of a record", id)
	case r.ID != id:
		return fmt.Errorf("the record is of %q", r.ID)
	case r.InfoHash != name[1]:
		return fmt.Errorf("the infohash is %q", r.InfoHash)
	case !knownState[r.State]:
		return fmt.Errorf("unknown state %q", r.State)
	case !filepath.IsAbs(r.Output), !filepath.IsAbs(r.Dir), r.Target != "" && !filepath.IsAbs(r.Target):
		return errors.New("a path is not absolute")
	case r.Total < 0, r.Verified < 0, r.Verified > r.Total, r.Uploaded < 0, r.Downloaded < 0:
		return errors.New("a number of bytes is out of range")
	case r.Seeded < 0, r.Seeded > maxSeeded:
		return errors.New("a time is out of range")
	case r.Owner != Owner{} && (r.Owner.PID < 1 || !validRun.MatchString(r.Owner.Run)):
		return errors.New("the owner is no process")
	case len(r.Flags) > maxFlags:
		return errors.New("too many flags")
	}
	for flag := range r.Flags {
		if !validFlag.MatchString(flag) {
			return fmt.Errorf("%q is no flag", flag)
		}
	}
	return nil
}
