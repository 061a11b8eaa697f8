package disk

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

const lockSuffix = ".lock"

// targetLock keeps other processes off a target. It goes by the target's path alone, whatever the torrent: two torrents
// with the same name in the same folder would write to the same files.
type targetLock struct {
	f    *flock.Flock
	path string
}

// lockTarget takes the lock, or gives an *Error of the kind Locked that names who has it.
func lockTarget(stateDir, target string) (*targetLock, error) {
	if stateDir == "" {
		return nil, nil
	}
	if err := os.MkdirAll(stateDir, 0o700); err != nil {
		return nil, fault(Mkdir, "make folder", stateDir, err)
	}
	sum := sha256.Sum256([]byte(target))
	path := filepath.Join(stateDir, hex.EncodeToString(sum[:8])+lockSuffix)
	for {
		f := flock.New(path, flock.SetPermissions(0o600))
		ok, err := f.TryLock()
		if err != nil {
			return nil, fault(Create, "lock", path, err)
		}
		if !ok {
			return nil, &Error{Kind: Locked, Verb: "lock", Path: target, Err: ErrLocked, PID: lockHolder(path)}
		}
		if !sameLock(f, path) {
			_ = f.Unlock() // whoever had it took the file away in the meantime
			continue
		}
		l := &targetLock{f: f, path: path}
		l.sign()
		return l, nil
	}
}

// sameLock tells whether the locked file is still the one that others would find.
func sameLock(f *flock.Flock, path string) bool {
	held, err := f.Stat()
	if err != nil {
		return false
	}
	found, err := os.Stat(path)
	return err == nil && os.SameFile(held, found)
}

// sign writes the process id into the lock file, for whoever is refused. The first byte is left alone: where locks are
// mandatory it is the one that is locked.
func (l *targetLock) sign() {
	f, err := os.OpenFile(l.path, os.O_WRONLY, 0)
	if err != nil {
		return
	}
	defer f.Close()
	pid := strconv.Itoa(os.Getpid())
	_, _ = f.WriteAt([]byte("\n"+pid+strings.Repeat(" ", 20-len(pid))+"\n"), 1)
}

func lockHolder(path string) int {
	f, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer f.Close()
	var b [32]byte
	n, _ := f.ReadAt(b[:], 1)
	pid, _ := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	return pid
}

// release unlocks. The file is removed first; lockTarget sees that.
func (l *targetLock) release() {
	if l == nil {
		return
	}
	os.Remove(l.path)
	_ = l.f.Unlock()
}
