//go:build interop

package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

const (
	diskFull   = 9
	stopsAfter = 5 * time.Second
)

// fullDisk is a fault on a small file system.
type fullDisk struct {
	*fault
	at string // where it is mounted
}

func newFullDisk(t *testing.T, last int, options string) *fullDisk {
	t.Helper()
	needRoot(t, "mount", "umount")
	f := newFault(t, last, func(t testing.TB, dir string) string {
		lab.WriteFile(t, dir, "set/large.bin", 24<<20)
		for i := range 200 {
			lab.WriteFile(t, dir, fmt.Sprintf("set/small/%d.txt", i), int64(1000+i))
		}
		return filepath.Join(dir, "set")
	})
	d := &fullDisk{fault: f, at: filepath.Join(f.get.Dir, "small")}
	mount(t, d.at, "-t", "tmpfs", "-o", options, "none")
	return d
}

// fill takes all but so many bytes of a small file system.
func (d *fullDisk) fill(at string, leave int64) (undo func()) {
	d.t.Helper()
	path := filepath.Join(at, "others")
	f, err := os.Create(path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	if n := d.free(at) - leave; n > 0 {
		if err := syscall.Fallocate(int(f.Fd()), 0, 0, n); err != nil {
			d.t.Fatal(err)
		}
	}
	return func() { os.Remove(path) }
}

func (d *fullDisk) free(at string) int64 {
	var st syscall.Statfs_t
	if err := syscall.Statfs(at, &st); err != nil {
		d.t.Fatal(err)
	}
	return int64(st.Bavail) * st.Bsize
}

// refused wants a run that ends with the code of a full disk, and says so in words.
func (d *fullDisk) refused(p *lab.Process, words ...string) {
	d.t.Helper()
	began := time.Now()
	said := d.wantCode(p, stopsAfter, diskFull)
	for _, word := range words {
		if !strings.Contains(said, word) {
			d.t.Errorf("it says %q, without %q", said, word)
		}
	}
	d.t.Logf("%v, %s", time.Since(began).Round(time.Millisecond), said)
}

// What does not fit is not begun, and goes on when there is room.
func TestDiskTooSmall(t *testing.T) {
	t.Parallel()
	d := newFullDisk(t, 141, "size=16m")
	into := filepath.Join(d.at, "got")
	d.refused(d.run(d.command(into)...), "needs 24.", "16.0 MiB free")
	if _, err := os.Stat(into); err == nil {
		t.Error("something was made")
	}
	remount(t, d.at, "size=40m")
	d.completes(into)
}

// A disk that fills up while data is coming stops the download, which goes on, with what it had, when there is room again.
func TestDiskFillsUp(t *testing.T) {
	t.Parallel()
	d := newFullDisk(t, 143, "size=40m")
	into := filepath.Join(d.at, "got")
	p := d.run(d.command(into, "--down", "8M")...)
	d.verified(p, 6<<20)
	undo := d.fill(d.at, 1<<20)
	d.refused(p, "no space left on device", "needs ", "B free")
	if err := d.namedRight(into); err != nil {
		t.Error(err)
	}
	undo()
	p = d.run(d.command(into)...)
	d.wantCode(p, 30*time.Second, 0)
	d.wantAll(into)
	for _, e := range (lab.Shoal{}).Events(p) {
		if e.Event == "progress" {
			if e.Verified < 4<<20 {
				t.Errorf("it went on with %d bytes", e.Verified)
			}
			break
		}
	}
}

// The same of a file system that has no names left, before and while.
func TestDiskWithoutNames(t *testing.T) {
	t.Parallel()
	d := newFullDisk(t, 145, "size=64m,nr_inodes=100")
	into := filepath.Join(d.at, "got")
	d.refused(d.run(d.command(into)...), "needs 201 more files", "can be made")

	remount(t, d.at, "nr_inodes=260")
	p := d.run(d.command(into, "--down", "8M")...)
	d.verified(p, 1<<20)
	var others []string
	for i := 0; ; i++ {
		path := filepath.Join(d.at, fmt.Sprint("other", i))
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			break
		}
		others = append(others, path)
	}
	d.refused(p, "no space left on device", "more files")
	for _, path := range others {
		os.Remove(path)
	}
	d.completes(into)
}

// The state has a file system of its own here, with no room.
func TestNoRoomForState(t *testing.T) {
	t.Parallel()
	d := newFullDisk(t, 147, "size=40m")
	state := filepath.Join(d.get.Dir, "home", "state")
	mount(t, state, "-t", "tmpfs", "-o", "size=1m", "none")
	for _, when := range []string{"before", "while"} {
		into := filepath.Join(d.at, when)
		var undo func()
		if when == "before" {
			undo = d.fill(state, 0)
		}
		p := d.run(d.command(into, "--down", "3M")...) // so that it does not end before it writes state
		d.verified(p, 1)
		if undo == nil {
			undo = d.fill(state, 0)
		}
		d.refused(p, "no space left on device: 0 B free", "state/shoal/")
		if err := d.namedRight(into); err != nil {
			t.Error(err)
		}
		undo()
		d.completes(into)
		os.RemoveAll(into)
	}
}

// Nothing is stored that would leave less free than is to be kept.
func TestMinFree(t *testing.T) {
	t.Parallel()
	d := newFullDisk(t, 149, "size=64m")
	into := filepath.Join(d.at, "got")
	d.refused(d.run(d.command(into, "--min-free", "50M")...), "needs 24.", "to be kept")

	p := d.run(d.command(into, "--min-free", "20M", "--down", "8M")...)
	d.verified(p, 4<<20)
	undo := d.fill(d.at, 24<<20)
	d.refused(p, "needs ", "20.0 MiB to be kept")
	if free := d.free(d.at); free < 20<<20 {
		t.Errorf("%d bytes are free", free)
	}
	undo()
	d.completes(into, "--min-free", "20M")
}
