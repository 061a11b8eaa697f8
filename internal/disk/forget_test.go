package disk

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

func TestForgetState(t *testing.T) {
	dir, hash, target := t.TempDir(), metainfo.Hash{1}, filepath.Join(t.TempDir(), "x")
	for _, at := range []string{target, target + "2"} {
		f := newStateFiles(dir, hash, at)
		if err := errors.Join(f.replace(resumeSuffix, []byte("state")), f.replace(torrentSuffix, []byte("torrent"))); err != nil {
			t.Fatal(err)
		}
	}
	lock, err := lockTarget(dir, target)
	if err != nil {
		t.Fatal(err)
	}
	var busy *Error
	if err := ForgetState(dir, hash, target); !errors.As(err, &busy) || busy.Kind != Locked || busy.PID != os.Getpid() {
		t.Errorf("while locked: %v", err)
	}
	lock.release()
	if err := ForgetState(dir, hash, target+"/"); err != nil {
		t.Error(err)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(left) != 2 {
		t.Errorf("left: %v", left)
	}
	if err := ForgetState(dir, hash, target); err != nil {
		t.Errorf("again: %v", err)
	}
}
