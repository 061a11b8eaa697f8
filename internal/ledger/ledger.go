package ledger

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

const (
	folder = "transfers" // in the state folder
	suffix = ".json"
)

// Ledger is the folder of records. Its methods are safe for use by many goroutines.
type Ledger struct {
	dir string

	mu  sync.Mutex
	run *run // nil until a transfer begins
}

// Open returns the ledger in a state folder. Nothing is made or read before it is needed.
func Open(stateDir string) *Ledger {
	return &Ledger{dir: filepath.Join(stateDir, folder)}
}

// FileError is a file of the ledger that could not be read or written, or that was passed over.
type FileError struct {
	Verb string // read, write, remove, lock
	Path string
	Err  error
}

func (e *FileError) Error() string { return fmt.Sprintf("%s record %s: %v", e.Verb, e.Path, e.Err) }
func (e *FileError) Unwrap() error { return e.Err }

// fault makes a FileError of an error that may name the path once more.
func fault(verb, path string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return &FileError{verb, path, err}
}

// ErrUnknown is a transfer that there is no record of.
var ErrUnknown = errors.New("no such transfer is known")

// All returns every record that can be read, the oldest first, and a *FileError for each that was passed
// over. A folder that does not exist has none.
func (l *Ledger) All() (records []Record, passed []error) {
	entries, err := os.ReadDir(l.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		passed = append(passed, fault("read", l.dir, err))
	}
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), suffix)
		if !ok {
			continue
		}
		r, err := l.Get(id)
		switch {
		case err == nil:
			records = append(records, r)
		case !errors.Is(err, ErrUnknown): // gone since the folder was read
			passed = append(passed, err)
		}
	}
	slices.SortStableFunc(records, func(a, b Record) int { return a.Added.Compare(b.Added) })
	return records, passed
}

// Get reads one record by its whole ID. The error is ErrUnknown or a *FileError.
func (l *Ledger) Get(id string) (Record, error) {
	path := l.path(id)
	b, err := readBounded(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Record{}, ErrUnknown
	}
	if err != nil {
		return Record{}, fault("read", path, err)
	}
	r, err := decode(id, b)
	if err != nil {
		return Record{}, fault("read", path, err)
	}
	return r, nil
}

func (l *Ledger) path(id string) string { return filepath.Join(l.dir, id+suffix) }

// readBounded reads a regular file that is no larger than a record may be.
func readBounded(path string) ([]byte, error) {
	fi, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, ErrDamaged
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxRecord+1))
}

// ErrBusy is a transfer that another process works on.
var ErrBusy = errors.New("another process is at work on it")

// Forget drops a record; whoever has to clean up behind it does so first. ErrBusy where somebody works on
// the transfer, ErrUnknown where there is no record. A damaged record is dropped like any other.
func (l *Ledger) Forget(id string) error {
	if !validID.MatchString(id) {
		return ErrUnknown
	}
	if r, err := l.Get(id); err == nil && l.Busy(r) {
		return fmt.Errorf("%w (process %d)", ErrBusy, r.Owner.PID)
	}
	path := l.path(id)
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrUnknown
	}
	if err != nil {
		return fault("remove", path, err)
	}
	return nil
}

// Close gives up what this process holds. Records that it has not ended count as left behind.
func (l *Ledger) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.run.end()
	l.run = nil
}
