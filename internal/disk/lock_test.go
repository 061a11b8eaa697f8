package disk

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

func TestLockedInProcess(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"", 50_000})
	other := makeContent(t, "n", 16<<10, entry{"", 50_001})
	r := newRig(t)
	s, _ := r.open(c, r.options())
	for _, x := range []*content{c, other} {
		for _, o := range []Options{r.options(), {Dir: r.dir}, {Dir: r.dir, StateDir: r.state + "2"}} {
			e := r.openErr(x, o, Locked)
			if !errors.Is(e, ErrLocked) || e.PID != os.Getpid() || e.Path != filepath.Join(r.dir, "n") {
				t.Errorf("got %v, %d", e, e.PID)
			}
		}
	}
	ro, _ := r.open(c, Options{Dir: r.dir, ReadOnly: true})
	r.close(ro)
	r.openErr(c, r.options(), Locked) // closing the reader did not unlock
	r.close(s)
	s, _ = r.open(other, r.options())
	r.close(s)
}

// Another process: this test, run again, holds the lock.
func TestLockedByProcess(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"", 50_000})
	if dir := os.Getenv("DISK_TEST_HOLD"); dir != "" {
		r := newRigAt(t, dir+"/d", dir+"/s", PoolOptions{})
		r.open(c, r.options())
		os.Stdout.WriteString("held\n")
		os.Stdin.Read(make([]byte, 1))
		os.Exit(0) // as if killed: nothing is unlocked or removed
	}
	base := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestLockedByProcess$")
	cmd.Env = append(os.Environ(), "DISK_TEST_HOLD="+base)
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 5)
	if _, err := out.Read(b); err != nil || string(b) != "held\n" {
		t.Fatalf("%q, %v", b, err)
	}
	r := newRigAt(t, base+"/d", base+"/s", PoolOptions{})
	for range 20 {
		if e := r.openErr(c, r.options(), Locked); e.PID != cmd.Process.Pid || !strings.Contains(e.Error(), "process") {
			t.Errorf("got %v, want the process %d", e, cmd.Process.Pid)
		}
	}
	in.Close()
	cmd.Wait()
	s, have := r.open(c, r.options())
	r.fetch(s, c, have)
	r.settle(s)
	r.close(s)
	if locks, _ := filepath.Glob(base + "/s/*" + lockSuffix); len(locks) != 0 {
		t.Errorf("left: %v", locks)
	}
}

func TestSavedTorrent(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"", 50_000})
	hash := c.info.InfoHash()
	dir := filepath.Join(t.TempDir(), "s")
	if FindTorrent(dir, hash, "/x/n") != nil || FindTorrent("", hash, "/x/n") != nil {
		t.Fatal("found before it was saved")
	}
	m := metainfo.New(c.info)
	m.Trackers = [][]string{{"http://tracker.example/announce"}}
	if err := SaveTorrent(dir, m, "/x/n"); err != nil {
		t.Fatal(err)
	}
	if err := SaveTorrent("", m, "/x/n"); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{"/x/n", "/elsewhere", ""} {
		got := FindTorrent(dir, hash, target)
		if got == nil || got.Info.InfoHash() != hash || len(got.Trackers) != 1 {
			t.Fatalf("%q: %+v", target, got)
		}
	}
	if FindTorrent(dir, metainfo.Hash{1}, "/x/n") != nil {
		t.Fatal("found another")
	}
	// What is broken is not found, and is written again.
	path := newStateFiles(dir, hash, "/x/n").path(torrentSuffix)
	fi, err := os.Stat(path)
	if err != nil || fi.Mode().Perm() != 0o600 {
		t.Fatal(fi, err)
	}
	put(t, path, []byte("d4:infode"))
	if FindTorrent(dir, hash, "/x/n") != nil {
		t.Fatal("found a broken one")
	}
	if err := SaveTorrent(dir, m, "/x/n"); err != nil || FindTorrent(dir, hash, "/x/n") == nil {
		t.Fatal("not mended", err)
	}
	// Once there, it stays.
	before, _ := os.Stat(path)
	if err := SaveTorrent(dir, m, "/x/n"); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.Stat(path); !os.SameFile(before, after) {
		t.Error("written again")
	}
	// A storage that forgets removes it.
	r := newRigAt(t, "/x", dir, PoolOptions{})
	r.dir = filepath.Join(t.TempDir(), "d")
	if err := SaveTorrent(dir, m, r.dir+"/n"); err != nil {
		t.Fatal(err)
	}
	s, have := r.open(c, r.options())
	r.fetch(s, c, have)
	r.settle(s)
	s.Forget()
	if err := s.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, dir); len(got) != 1 || got[0] != filepath.Base(path) {
		t.Errorf("left: %v", got)
	}
}
