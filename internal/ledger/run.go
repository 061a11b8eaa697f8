package ledger

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

const (
	runPrefix  = "run-"
	lockSuffix = ".lock"
	tempSuffix = ".tmp"
)

// run is this process as others see it: a file that it holds a lock on.
type run struct {
	name string
	path string
	lock *flock.Flock
}

// begin makes the file, with its lock, and takes away those of processes that ended without doing so.
func begin(dir string) (*run, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault("make folder of", dir, err)
	}
	sweep(dir)
	var chance [8]byte
	rand.Read(chance[:]) //nolint:errcheck // it never fails
	r := &run{name: fmt.Sprintf("%s%d-%s", runPrefix, os.Getpid(), hex.EncodeToString(chance[:]))}
	r.path = filepath.Join(dir, r.name+lockSuffix)
	r.lock = flock.New(r.path, flock.SetPermissions(0o600))
	for {
		ok, err := r.lock.TryLock()
		if err != nil {
			return nil, fault("lock", r.path, err)
		}
		if ok && r.there() {
			return r, nil
		}
		_ = r.lock.Close() // somebody's sweep was between the making and the locking
	}
}

// there says whether the locked file is the one that others find.
func (r *run) there() bool {
	held, err := r.lock.Stat()
	if err != nil {
		return false
	}
	found, err := os.Stat(r.path)
	return err == nil && os.SameFile(held, found)
}

// end lets others see that this process works no more.
func (r *run) end() {
	if r == nil {
		return
	}
	os.Remove(r.path)
	_ = r.lock.Close()
	os.Remove(r.path) // where an open file cannot be removed
}

// Busy says whether the process that a record names as its owner still works on it.
func (l *Ledger) Busy(r Record) bool {
	if r.Owner == (Owner{}) || !validRun.MatchString(r.Owner.Run) {
		return false
	}
	l.mu.Lock()
	own := l.run != nil && l.run.name == r.Owner.Run
	l.mu.Unlock()
	return own || held(filepath.Join(l.dir, r.Owner.Run+lockSuffix))
}

// held says whether somebody has the lock of a file. A shared lock is tried, so that two who ask at once do not
// take each other for the owner.
func held(path string) bool {
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY)) // does not make it
	ok, err := lock.TryRLock()
	_ = lock.Close()
	return err == nil && !ok
}

// forgotten is how old a temporary file is when nobody can be writing it any more.
const forgotten = time.Hour

// sweep removes what processes that were killed have left behind.
func sweep(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		name, isLock := strings.CutSuffix(e.Name(), lockSuffix)
		switch {
		case isLock && validRun.MatchString(name) && !held(path):
			os.Remove(path)
		case strings.HasSuffix(e.Name(), tempSuffix):
			if fi, err := e.Info(); err == nil && time.Since(fi.ModTime()) > forgotten {
				os.Remove(path)
			}
		}
	}
}
