//go:build interop

package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// fewFiles is a content of some MiB in a few files.
func fewFiles(t testing.TB, dir string) string {
	lab.WriteFile(t, dir, "few/large.bin", 6<<20)
	lab.WriteFile(t, dir, "few/in/small.txt", 700)
	lab.WriteFile(t, dir, "few/in/smaller.txt", 7)
	lab.WriteFile(t, dir, "few/nothing", 0)
	return filepath.Join(dir, "few")
}

// Every fault of the system while data, names or state are written has its exit code and is said in words; nothing wrong gets a
// final name, and when the fault is gone the download completes.
func TestSystemFaults(t *testing.T) {
	t.Parallel()
	needRoot(t, "strace")
	f := newFault(t, 151, fewFiles)
	tests := []struct {
		call, errno string
		path        string // only calls that concern it; "state" stands for the state file
		code        int
		words       []string
	}{
		{"pwritev", "EIO", "", 17, []string{"write ", "input/output error"}},
		{"pwritev", "ENOSPC", "", 9, []string{"write ", "no space left", "needs "}},
		{"pwritev", "EDQUOT", "", 9, []string{"write ", "quota"}},
		{"pwritev", "EROFS", "", 17, []string{"write ", "read-only"}},
		{"fdatasync", "EIO", "", 17, []string{"sync ", "input/output error"}},
		{"fsync", "EIO", "", 17, []string{"input/output error"}},
		{"fsync", "ENOSPC", "", 9, []string{"no space left"}},
		{"renameat2", "EACCES", "", 16, []string{"rename ", "permission denied"}},
		{"renameat2", "EROFS", "", 16, []string{"rename ", "read-only"}},
		{"renameat2", "ENAMETOOLONG", "", 16, []string{"rename ", "too long"}},
		{"renameat2", "EIO", "", 16, []string{"rename ", "input/output error"}},
		{"mkdirat", "EACCES", "few", 18, []string{"make folder ", "permission denied"}},
		{"mkdirat", "EROFS", "few", 18, []string{"make folder ", "read-only"}},
		{"mkdirat", "ENOSPC", "few", 9, []string{"make folder ", "no space left"}},
		{"openat", "EMFILE", "large.bin.part", 16, []string{"create ", "too many open files"}},
		{"openat", "EACCES", "large.bin.part", 16, []string{"create ", "permission denied"}},
		{"openat", "EROFS", "small.txt.part", 16, []string{"create ", "read-only"}},
		{"openat", "EIO", "nothing.part", 16, []string{"create ", "input/output error"}},
		{"write", "EIO", "state", 17, []string{"write ", ".resume.tmp", "input/output error"}},
		{"write", "ENOSPC", "state", 9, []string{"write ", ".resume.tmp", "no space left"}},
	}
	for i, x := range tests {
		name := strings.TrimSpace(fmt.Sprint(x.call, " ", x.errno, " ", x.path))
		dir := f.dir(fmt.Sprint(i))
		args := []string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + x.call, "-e", "inject=" + x.call + ":error=" + x.errno}
		switch x.path {
		case "":
		case "state":
			args = append(args, "-P", f.stateFile(filepath.Join(dir, "few"))+".tmp")
		default:
			args = append(args, "-P", x.path)
		}
		var slow []string
		if x.path == "state" {
			slow = []string{"--down", "1500k"} // so that there is a checkpoint before it is complete
		}
		p := f.run(append(args, f.command(dir, slow...)...)...)
		said := f.wantCode(p, 20*time.Second, x.code)
		for _, word := range x.words {
			if !strings.Contains(said, word) {
				t.Errorf("%s: it says %q, without %q", name, said, word)
			}
		}
		if err := f.namedRight(dir); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		f.completes(dir)
		t.Logf("%s: %s", name, said)
	}
}

// What cannot be read when it is checked is fetched again.
func TestUnreadableParts(t *testing.T) {
	t.Parallel()
	needRoot(t, "strace")
	f := newFault(t, 153, fewFiles)
	dir := f.dir("0")
	p := f.run(f.command(dir, "--down", "2M")...)
	f.verified(p, 2<<20)
	p.Kill()
	p = f.run(append([]string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=preadv", "-e", "inject=preadv:error=EIO:when=3"},
		f.command(dir, "--check")...)...)
	f.wantCode(p, 20*time.Second, 0)
	f.wantAll(dir)
}

// nobody is who runs the program where rights count.
const nobody = 65534

// placeFault is something wrong with where a download is to go.
type placeFault struct {
	name  string
	begun bool // some of it is there when the fault comes
	spoil func(f *fault, into string) (mend func())
	codes []int
	words []string
}

func chmod(f *fault, path string, mode os.FileMode) (mend func()) {
	fi, err := os.Stat(path)
	if err != nil {
		f.t.Fatal(err)
	}
	os.Chmod(path, mode)
	return func() { os.Chmod(path, fi.Mode()) }
}

// readOnly mounts a folder read-only on itself.
func readOnly(f *fault, path string) (mend func()) {
	mount(f.t, path, "--bind", path)
	remount(f.t, path, "ro,bind")
	return func() { remount(f.t, path, "rw,bind") }
}

var placeFaults = []placeFault{
	{"the folder may not be written to", false, func(f *fault, into string) func() { return chmod(f, into, 0o555) },
		[]int{16, 18}, []string{"permission denied"}},
	{"the folder may not be entered", false, func(f *fault, into string) func() { return chmod(f, into, 0) },
		[]int{15, 16, 18}, []string{"permission denied"}},
	{"what is there may not be read", true, func(f *fault, into string) func() { return chmod(f, into+"/few/large.bin.part", 0) },
		[]int{15}, []string{"large.bin.part", "permission denied"}},
	{"what is there may not be written to", true, func(f *fault, into string) func() { return chmod(f, into+"/few/large.bin.part", 0o444) },
		[]int{15}, []string{"large.bin.part", "permission denied"}},
	{"a folder in it may not be written to", true, func(f *fault, into string) func() { return chmod(f, into+"/few", 0o555) },
		[]int{16, 18}, []string{"permission denied"}},
	{"read-only", false, readOnly, []int{16, 18}, []string{"read-only file system"}},
	{"read-only, begun", true, readOnly, []int{15, 16, 18}, []string{"read-only file system"}},
	{"the state may not be written", false, func(f *fault, _ string) func() {
		return chmod(f, filepath.Join(f.get.Dir, "home", "state", "shoal"), 0o555)
	}, []int{16}, []string{"state/shoal", "permission denied"}},
	{"the state may not be entered", true, func(f *fault, _ string) func() {
		return chmod(f, filepath.Join(f.get.Dir, "home", "state", "shoal"), 0)
	}, []int{15, 16}, []string{"state/shoal", "permission denied"}},
	{"the state is read-only", false, func(f *fault, _ string) func() {
		return readOnly(f, filepath.Join(f.get.Dir, "home", "state", "shoal"))
	},
		[]int{16}, []string{"state/shoal", "read-only file system"}},
	{"a file where the folder should be", false, func(f *fault, into string) func() {
		os.Remove(into)
		os.WriteFile(into, []byte("mine"), 0o666)
		return func() { os.Remove(into); own(f, into) }
	}, []int{13}, []string{"a file and not a folder"}},
}

func own(f *fault, path string) {
	f.t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		f.t.Fatal(err)
	}
	if err := os.Chown(path, nobody, nobody); err != nil {
		f.t.Fatal(err)
	}
}

// A place that cannot be written to, or read, is said before anything is fetched, and left as it is.
func TestPlaceFaults(t *testing.T) {
	t.Parallel()
	needRoot(t, "setpriv", "mount", "umount")
	f := newFault(t, 155, fewFiles)
	asNobody := func(command []string) *lab.Process {
		return f.run(append([]string{"setpriv", "--reuid", fmt.Sprint(nobody), "--regid", fmt.Sprint(nobody), "--clear-groups"}, command...)...)
	}
	for _, dir := range []string{f.get.Dir, f.seed.Dir} {
		for ; dir != os.TempDir(); dir = filepath.Dir(dir) {
			if err := os.Chmod(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, path := range []string{"home", "home/state", "home/state/shoal", "home/config", "home/cache", "got"} {
		own(f, filepath.Join(f.get.Dir, path))
	}
	for i, x := range placeFaults {
		into := f.dir(fmt.Sprint(i))
		own(f, into)
		if x.begun {
			p := asNobody(f.command(into, "--down", "2M"))
			f.verified(p, 2<<20)
			p.Kill()
		}
		mend := x.spoil(f, into)
		p := asNobody(f.command(into))
		code, err := p.Exit(lab.Within(t, 10*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		said := f.said(p)
		if !slices.Contains(x.codes, code) {
			t.Errorf("%s: code %d, want one of %v: %s%s", x.name, code, x.codes, said, p.Stderr())
		}
		for _, word := range x.words {
			if !strings.Contains(said+p.Stderr(), word) {
				t.Errorf("%s: it says %q, without %q", x.name, said+p.Stderr(), word)
			}
		}
		t.Logf("%s: code %d, %s", x.name, code, said)
		mend()
		f.wantCode(asNobody(f.command(into)), 20*time.Second, 0)
		f.wantAll(into)
	}
}

// Where the ground is pulled away while data is coming, the download says so within seconds and leaves what is there alone.
func TestPulledAway(t *testing.T) {
	t.Parallel()
	f := newFault(t, 157, fewFiles)
	away := func(path string) {
		if err := os.Rename(path, path+".away"); err != nil {
			t.Error(err)
		}
	}
	tests := []struct {
		name string
		do   func(into string)
		word string
	}{
		{"folder removed", func(into string) { os.RemoveAll(into) }, "few"},
		{"torrent's folder removed", func(into string) { os.RemoveAll(into + "/few") }, "few"},
		{"torrent's folder moved", func(into string) { away(into + "/few") }, "few"},
		{"torrent's folder now a file", func(into string) { away(into + "/few"); os.WriteFile(into+"/few", []byte("mine"), 0o666) }, "few"},
		{"file removed", func(into string) { os.Remove(into + "/few/large.bin.part") }, "large.bin"},
		{"file now a folder", func(into string) { away(into + "/few/large.bin.part"); os.Mkdir(into+"/few/large.bin.part", 0o777) }, "large.bin"},
		{"file now a link", func(into string) {
			away(into + "/few/large.bin.part")
			os.Symlink("large.bin.part.away", into+"/few/large.bin.part")
		}, "large.bin"},
		{"file now another", func(into string) {
			away(into + "/few/large.bin.part")
			os.WriteFile(into+"/few/large.bin.part", make([]byte, 6<<20), 0o666)
		}, "large.bin"},
		{"final name taken by a folder", func(into string) { os.Mkdir(into+"/few/large.bin", 0o777) }, "large.bin"},
		{"final name taken by a link", func(into string) { os.Symlink("large.bin.part", into+"/few/large.bin") }, "large.bin"},
	}
	for i, x := range tests {
		if !long() && i%2 > 0 {
			continue
		}
		into := f.dir(fmt.Sprint(i))
		p := f.run(f.command(into, "--down", "3M")...)
		f.verified(p, 2<<20)
		x.do(into)
		code, err := p.Exit(lab.Within(t, 15*time.Second))
		if err != nil {
			t.Fatal(x.name, err)
		}
		said := f.said(p)
		if code != 13 && code != 16 && code != 32 || !strings.Contains(said, x.word) {
			t.Errorf("%s: code %d, %s", x.name, code, said)
		}
		t.Logf("%s: code %d, %s", x.name, code, said)
		if fi, err := os.Lstat(into + "/few/large.bin"); err == nil && fi.Mode().IsRegular() {
			t.Errorf("%s: large.bin has its name", x.name)
		}
		os.RemoveAll(into)
		f.completes(into)
	}
}
