package disk

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

const (
	resumeSuffix  = ".resume"
	torrentSuffix = ".torrent"
	maxStateFile  = 1 << 28 // bytes; 2 M pieces and as many files stay far below
)

// stateFiles are the files kept in the state folder for one torrent at one target. The zero value keeps none.
type stateFiles struct {
	dir     string
	key     string
	observe Observer
}

// stateKey names a torrent at a target: the infohash, and 8 hex digits of a hash of the target's path.
func stateKey(hash metainfo.Hash, target string) string {
	t := sha256.Sum256([]byte(target))
	return hash.String() + "-" + hex.EncodeToString(t[:4])
}

func newStateFiles(dir string, hash metainfo.Hash, target string) stateFiles {
	if dir == "" {
		return stateFiles{}
	}
	return stateFiles{dir: dir, key: stateKey(hash, target)}
}

func (f stateFiles) kept() bool { return f.dir != "" }

func (f stateFiles) path(suffix string) string { return filepath.Join(f.dir, f.key+suffix) }

// load reads the state; nil where there is none, or none that can be believed.
func (f stateFiles) load(info *metainfo.Info, target string) *state {
	if !f.kept() {
		return nil
	}
	b, err := readBounded(f.path(resumeSuffix), maxStateFile)
	if err != nil {
		return nil
	}
	st, err := decodeState(info, target, b)
	if err != nil {
		return nil
	}
	return st
}

// writeMark writes a state without waiting for the disk.
func (f stateFiles) writeMark(content []byte) error {
	path := f.path(resumeSuffix)
	temp := path + ".tmp"
	err := f.observe.before(OpStateWrite, temp)
	if err == nil {
		err = os.WriteFile(temp, content, 0o600)
	}
	if err != nil {
		return fault(IO, "write", temp, err)
	}
	if err = f.observe.before(OpStateRename, path); err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		return fault(Create, "rename", path, err)
	}
	return nil
}

// remove forgets all of it.
func (f stateFiles) remove() {
	if f.kept() {
		os.Remove(f.path(resumeSuffix))
		os.Remove(f.path(torrentSuffix))
	}
}

// readBounded reads a whole file, unless it is no regular one or larger than the limit.
func readBounded(path string, limit int64) ([]byte, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() || fi.Size() > limit {
		return nil, errState
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

// replace puts a file into the state folder so that at any moment, and after a power cut, either the old or the new content
// is there: temporary file, sync, rename, sync of the folder.
func (f stateFiles) replace(suffix string, content []byte) error {
	path := f.path(suffix)
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return fault(Mkdir, "make folder", f.dir, err)
	}
	temp := path + ".tmp"
	if err := f.writeSynced(temp, content); err != nil {
		os.Remove(temp)
		return err
	}
	err := f.observe.before(OpStateRename, path)
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		return fault(Create, "rename", path, err)
	}
	d, err := os.Open(f.dir)
	if err != nil {
		return fault(Open, "open", f.dir, err)
	}
	defer d.Close()
	if err = f.observe.before(OpSyncFolder, f.dir); err == nil {
		err = syncFolder(d)
	}
	if err != nil {
		return fault(IO, "sync", f.dir, err)
	}
	return nil
}

func (f stateFiles) writeSynced(path string, content []byte) error {
	if err := f.observe.before(OpStateWrite, path); err != nil {
		return fault(IO, "write", path, err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fault(Create, "create", path, err)
	}
	_, err = file.Write(content)
	if err == nil {
		err = f.observe.before(OpStateSync, path)
	}
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return fault(IO, "write", path, err)
	}
	return nil
}
