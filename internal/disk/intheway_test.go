package disk

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// snapshot reads everything below a folder, symbolic links as where they lead.
func snapshot(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if d.Type()&fs.ModeSymlink != 0 {
			to, err := os.Readlink(path)
			out[path] = "-> " + to
			return err
		}
		b, err := os.ReadFile(path)
		out[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func sameSnapshot(t testing.TB, before, after map[string]string) {
	t.Helper()
	for path, content := range before {
		if after[path] != content {
			t.Errorf("%s was changed", path)
		}
	}
}

func wayContent(t testing.TB) *content {
	return makeContent(t, "n", 16<<10, entry{"a", 40_000}, entry{"e", 0}, entry{"d/b", 60_000}, entry{"tiny", 5})
}

func TestInTheWay(t *testing.T) {
	c := wayContent(t)
	flipped := func(i, at int) []byte {
		b := bytes.Clone(c.file(i))
		b[at] ^= 1
		return b
	}
	tests := []struct {
		name string
		make func(t *testing.T, dir string)
		path string // what the error names
	}{
		{"other size", func(t *testing.T, dir string) { put(t, dir+"/n/a", []byte("mine")) }, "n/a"},
		{"empty instead", func(t *testing.T, dir string) { put(t, dir+"/n/a", nil) }, "n/a"},
		{"content instead of empty", func(t *testing.T, dir string) { put(t, dir+"/n/e", []byte("mine")) }, "n/e"},
		{"first byte", func(t *testing.T, dir string) { put(t, dir+"/n/a", flipped(0, 0)) }, "n/a"},
		{"a middle byte", func(t *testing.T, dir string) { put(t, dir+"/n/d/b", flipped(2, 30_000)) }, "n/d/b"},
		{"a folder for a file", func(t *testing.T, dir string) { os.MkdirAll(dir+"/n/a/x", 0o777) }, "n/a"},
		{"a file for a folder", func(t *testing.T, dir string) { put(t, dir+"/n/d", []byte("mine")) }, "n/d"},
		{"a file for the torrent's folder", func(t *testing.T, dir string) { put(t, dir+"/n", []byte("mine")) }, "n"},
		{"a pipe", func(t *testing.T, dir string) { os.MkdirAll(dir+"/n", 0o777); makePipe(t, dir+"/n/a") }, "n/a"},
		{"a dangling link", func(t *testing.T, dir string) { os.MkdirAll(dir+"/n", 0o777); os.Symlink("nowhere", dir+"/n/a") }, "n/a"},
		{"a link outside", func(t *testing.T, dir string) {
			os.MkdirAll(dir+"/n", 0o777)
			put(t, dir+"/../outside", c.file(0))
			os.Symlink("../../outside", dir+"/n/a")
		}, "n/a"},
		{"an absolute link", func(t *testing.T, dir string) {
			os.MkdirAll(dir+"/n", 0o777)
			os.Symlink("/etc/passwd", dir+"/n/a")
		}, "n/a"},
		{"a folder that leads outside", func(t *testing.T, dir string) {
			os.MkdirAll(dir+"/../elsewhere", 0o777)
			os.MkdirAll(dir+"/n", 0o777)
			os.Symlink("../../elsewhere", dir+"/n/d")
		}, "n/d"},
		{"the torrent's folder leads outside", func(t *testing.T, dir string) {
			os.MkdirAll(dir+"/../elsewhere", 0o777)
			os.MkdirAll(dir, 0o777)
			os.Symlink("../elsewhere", dir+"/n")
		}, "n"},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			r := newRig(t)
			x.make(t, r.dir)
			pipe := x.name == "a pipe"
			var before map[string]string
			if !pipe {
				before = snapshot(t, filepath.Dir(r.dir))
			}
			names := tree(t, r.dir)
			e := r.openErr(c, r.options(), InTheWay)
			if want := filepath.Join(r.dir, x.path); e.Path != want {
				t.Errorf("names %s, want %s", e.Path, want)
			}
			if !pipe {
				sameSnapshot(t, before, snapshot(t, filepath.Dir(r.dir)))
			}
			if now := tree(t, r.dir); !slices.Equal(names, now) {
				t.Errorf("there is %v, was %v", now, names)
			}
			if got := tree(t, filepath.Join(r.dir, "../elsewhere")); len(got) != 0 {
				t.Errorf("outside: %v", got)
			}
			if strings.Contains(e.Error(), "\n") || !strings.Contains(e.Error(), e.Path) {
				t.Errorf("error reads %q", e)
			}
		})
	}
}

// What is there and right is taken as it is, never written to.
func TestTaken(t *testing.T) {
	c := wayContent(t)
	for mask := range 16 {
		r := newRig(t)
		for i := range c.info.Files {
			if mask>>i&1 != 0 {
				path := filepath.Join(append([]string{r.dir, "n"}, c.info.Files[i].Path...)...)
				put(t, path, c.file(i))
				if err := os.Chmod(path, 0o444); err != nil {
					t.Fatal(err)
				}
				age(t, path)
			}
		}
		var before []os.FileInfo
		for i := range c.info.Files {
			fi, _ := os.Stat(filepath.Join(append([]string{r.dir, "n"}, c.info.Files[i].Path...)...))
			before = append(before, fi)
		}
		s, have := r.open(c, r.options())
		r.fetch(s, c, have)
		r.settle(s)
		for i := range c.info.Files {
			r.wantFile(s, c, i)
			if before[i] == nil {
				continue
			}
			fi, err := os.Stat(s.Path(i))
			if err != nil || !os.SameFile(fi, before[i]) || fi.ModTime() != before[i].ModTime() {
				t.Errorf("mask %d: %s was touched", mask, s.Path(i))
			}
		}
		r.close(s)
	}
}

// A piece that reaches from a file that is there into one that is missing shows that the one there is wrong.
func TestInTheWayFoundLate(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"a", 20_000}, entry{"b", 30_000})
	wrong := bytes.Clone(c.file(0))
	wrong[19_999] ^= 1
	r := newRig(t)
	put(t, r.dir+"/n/a", wrong)
	s, have := r.open(c, r.options())
	if count(have) != 1 {
		t.Fatalf("have %d", count(have))
	}
	x := r.write(s, 1, c.piece(1))
	var e *Error
	if !x.Good || !errors.As(x.Err, &e) || e.Kind != InTheWay || e.Path != s.Path(0) {
		t.Errorf("got %+v", x)
	}
	if got, _ := os.ReadFile(r.dir + "/n/a"); !bytes.Equal(got, wrong) {
		t.Error("it was changed")
	}
	r.close(s)

	o := r.options()
	o.Overwrite = true
	s, have = r.open(c, o)
	r.fetch(s, c, have)
	r.settle(s)
	r.wantFile(s, c, 0)
	r.wantFile(s, c, 1)
}

func TestOverwrite(t *testing.T) {
	c := wayContent(t)
	flipped := func(i, at int) []byte {
		b := bytes.Clone(c.file(i))
		b[at] ^= 1
		return b
	}
	tests := []struct {
		name  string
		make  func(t *testing.T, dir string)
		fetch int // pieces that have to come, at most
	}{
		{"other size", func(t *testing.T, dir string) { put(t, dir+"/n/a", []byte("mine")) }, 7},
		{"one byte", func(t *testing.T, dir string) { put(t, dir+"/n/d/b", flipped(2, 30_000)) }, 6},
		{"one byte of all", func(t *testing.T, dir string) {
			put(t, dir+"/n/a", c.file(0))
			put(t, dir+"/n/d/b", flipped(2, 30_000))
			put(t, dir+"/n/tiny", c.file(3))
		}, 1},
		{"one byte shared", func(t *testing.T, dir string) {
			put(t, dir+"/n/a", flipped(0, 39_999))
			put(t, dir+"/n/d/b", c.file(2))
			put(t, dir+"/n/tiny", c.file(3))
		}, 1},
		{"content instead of empty", func(t *testing.T, dir string) { put(t, dir+"/n/e", []byte("mine")) }, 7},
		{"a link outside", func(t *testing.T, dir string) {
			os.MkdirAll(dir+"/n", 0o777)
			put(t, dir+"/../outside", c.file(0))
			os.Symlink("../../outside", dir+"/n/a")
		}, 7},
		{"a dangling link", func(t *testing.T, dir string) { os.MkdirAll(dir+"/n", 0o777); os.Symlink("x", dir+"/n/a") }, 7},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			r := newRig(t)
			x.make(t, r.dir)
			o := r.options()
			o.Overwrite = true
			s, have := r.open(c, o)
			missing := 0
			for p := range c.info.NumPieces() {
				if s.Wanted(p) && !have.has(p) {
					missing++
				}
			}
			if missing > x.fetch {
				t.Errorf("%d pieces have to come, want %d", missing, x.fetch)
			}
			r.fetch(s, c, have)
			r.settle(s)
			for i := range c.info.Files {
				r.wantFile(s, c, i)
				if fi, _ := os.Lstat(s.Path(i)); fi.Mode()&fs.ModeSymlink != 0 {
					t.Error("still a link")
				}
			}
			if got, err := os.ReadFile(r.dir + "/../outside"); err == nil && !bytes.Equal(got, c.file(0)) {
				t.Error("what the link led to was changed")
			}
			for _, path := range tree(t, r.dir) {
				if strings.HasSuffix(path, partSuffix) {
					t.Errorf("left behind: %s", path)
				}
			}
		})
	}
	t.Run("never a folder", func(t *testing.T) {
		r := newRig(t)
		os.MkdirAll(r.dir+"/n/a/x", 0o777)
		o := r.options()
		o.Overwrite = true
		r.openErr(c, o, InTheWay)
	})
}

// An overwrite that was killed goes on with its temporary file.
func TestOverwriteResumed(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"", 100_000})
	wrong := bytes.Clone(c.data)
	wrong[50_000] ^= 1
	wrong[80_000] ^= 1
	r := newRig(t)
	put(t, r.dir+"/n", wrong)
	o := r.options()
	o.Overwrite = true
	s, have := r.open(c, o)
	if count(have) != 5 {
		t.Fatalf("have %d", count(have))
	}
	r.fetchSome(s, c, have, func(p int) bool { return p == 3 })
	if err := s.Checkpoint(context.Background()); err != nil {
		t.Fatal(err)
	}
	r.abandon(s)
	s, have = r.open(c, o)
	if count(have) != 6 {
		t.Errorf("have %d", count(have))
	}
	if got, _ := os.ReadFile(r.dir + "/n"); !bytes.Equal(got, wrong) {
		t.Error("the old file was changed before the new one was complete")
	}
	r.fetch(s, c, have)
	r.settle(s)
	r.wantFile(s, c, 0)
	if got := tree(t, r.dir); !slices.Equal(got, []string{"n"}) {
		t.Errorf("there is %v", got)
	}
}

// Something may come into the way while the download runs.
func TestAppearsMeanwhile(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"", 100_000})
	r := newRig(t)
	failed := make(chan error, 1)
	o := r.options()
	o.OnError = func(err error) { failed <- err }
	s, have := r.open(c, o)
	r.fetchSome(s, c, have, even)
	put(t, r.dir+"/n", []byte("mine"))
	r.fetchSome(s, c, have, func(p int) bool { return !even(p) })
	var e *Error
	if err := <-failed; !errors.As(err, &e) || e.Kind != InTheWay {
		t.Errorf("got %v", err)
	}
	if got, _ := os.ReadFile(r.dir + "/n"); string(got) != "mine" {
		t.Error("it was changed")
	}
	if s.Complete() {
		t.Error("complete")
	}
	s.Close(context.Background())
	os.Remove(r.dir + "/n")
	s, have = r.open(c, r.options())
	if count(have) != c.info.NumPieces() {
		t.Errorf("have %d", count(have))
	}
	r.settle(s)
	r.wantFile(s, c, 0)
}

func TestReadOnlyTouchesNothing(t *testing.T) {
	c := wayContent(t)
	r := newRig(t)
	put(t, r.dir+"/real/a", c.file(0))
	wrong := bytes.Clone(c.file(2))
	wrong[59_000] ^= 1
	put(t, r.dir+"/n/d/b", wrong)
	put(t, r.dir+"/n/tiny", []byte("too long for it"))
	os.Symlink(r.dir+"/real/a", r.dir+"/n/a")
	before, names := snapshot(t, r.dir), tree(t, r.dir)
	s, have := r.open(c, Options{Dir: r.dir, ReadOnly: true, StateDir: r.state})
	if count(have) != 6 { // all but the last, of which either file has a part wrong
		t.Errorf("have %d", count(have))
	}
	if x := r.write(s, 6, c.piece(6)); !errors.Is(x.Err, ErrReadOnly) {
		t.Errorf("write: %v", x.Err)
	}
	if s.Complete() {
		t.Error("complete")
	}
	r.close(s)
	sameSnapshot(t, before, snapshot(t, r.dir))
	if now := tree(t, r.dir); !slices.Equal(names, now) {
		t.Errorf("there is %v, was %v", now, names)
	}
	if got := tree(t, r.state); len(got) != 0 {
		t.Errorf("state: %v", got)
	}
}

func TestTrusted(t *testing.T) {
	c := wayContent(t)
	r := newRig(t)
	put(t, r.dir+"/n/a", make([]byte, 40_000)) // wrong, but nobody looks
	put(t, r.dir+"/n/e", nil)
	put(t, r.dir+"/n/d/b", make([]byte, 60_000))
	put(t, r.dir+"/n/tiny", make([]byte, 4))
	s, have := r.open(c, Options{Dir: r.dir, ReadOnly: true, Trusted: true})
	if count(have) != 6 {
		t.Errorf("have %d", count(have))
	}
	r.close(s)
}
