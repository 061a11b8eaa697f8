package disk

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// existing is a case of files that are there before a download comes to the same place. Paths are below the folder that it is
// given; "n" is the target, everything else is the user's.
type existing struct {
	name string
	make func(t *testing.T, dir string, c *content)
	// later is done between two runs of the download.
	later func(t *testing.T, dir string, c *content)
}

func mine(path string) func(*testing.T, string, *content) {
	return func(t *testing.T, dir string, _ *content) { put(t, filepath.Join(dir, path), []byte("mine")) }
}

// sized puts a file of the user's, as long as the torrent's file i, where it should not be.
func sized(path string, i int) func(*testing.T, string, *content) {
	return func(t *testing.T, dir string, c *content) {
		put(t, filepath.Join(dir, path), bytes.Repeat([]byte{'m'}, len(c.file(i))))
	}
}

var existingCases = []existing{
	{name: "other content", make: sized("n/a", 0)},
	{name: "shorter", make: mine("n/a")},
	{name: "longer", make: sized("n/a", 2)},
	{name: "empty where content should be", make: func(t *testing.T, dir string, _ *content) { put(t, dir+"/n/a", nil) }},
	{name: "content where nothing should be", make: mine("n/e")},
	{name: "small, in a shared piece", make: func(t *testing.T, dir string, _ *content) { put(t, dir+"/n/tiny", []byte("abcde")) }},
	{name: "the last byte of one that ends in a shared piece", make: func(t *testing.T, dir string, c *content) {
		b := bytes.Clone(c.file(0))
		b[len(b)-1]++
		put(t, dir+"/n/a", b)
	}},
	{name: "right", make: func(t *testing.T, dir string, c *content) { put(t, dir+"/n/a", c.file(0)) }},
	{name: "right, a hard link", make: func(t *testing.T, dir string, c *content) {
		put(t, dir+"/keep", c.file(0))
		os.MkdirAll(dir+"/n", 0o777)
		os.Link(dir+"/keep", dir+"/n/a")
	}},
	{name: "a hard link to another", make: func(t *testing.T, dir string, c *content) {
		sized("keep", 0)(t, dir, c)
		os.MkdirAll(dir+"/n", 0o777)
		os.Link(dir+"/keep", dir+"/n/a")
	}},
	{name: "a link inside", make: func(t *testing.T, dir string, c *content) {
		sized("n/keep", 0)(t, dir, c)
		os.Symlink("keep", dir+"/n/a")
	}},
	{name: "a link outside", make: func(t *testing.T, dir string, c *content) {
		sized("../keep", 0)(t, dir, c)
		os.MkdirAll(dir+"/n", 0o777)
		os.Symlink("../../keep", dir+"/n/a")
	}},
	{name: "a dangling link", make: func(t *testing.T, dir string, c *content) {
		os.MkdirAll(dir+"/n", 0o777)
		os.Symlink("nowhere", dir+"/n/a")
	}},
	{name: "a folder for a file", make: mine("n/a/x")},
	{name: "a file for a folder", make: mine("n/d")},
	{name: "a file for the target", make: mine("n")},
	{name: "the target leads outside", make: func(t *testing.T, dir string, c *content) {
		sized("../elsewhere/a", 0)(t, dir, c)
		os.MkdirAll(dir, 0o777)
		os.Symlink("../elsewhere", dir+"/n")
	}},
	{name: "a folder leads outside", make: func(t *testing.T, dir string, c *content) {
		sized("../elsewhere/b", 2)(t, dir, c)
		os.MkdirAll(dir+"/n", 0o777)
		os.Symlink("../../elsewhere", dir+"/n/d")
	}},
	{name: "files besides", make: func(t *testing.T, dir string, c *content) {
		mine("n/besides")(t, dir, c)
		mine("n/d/besides.part")(t, dir, c)
		mine("n/e.part.part")(t, dir, c)
	}},
	{name: "a temporary name", make: sized("n/a.part", 0)},
	{name: "a temporary name, short", make: mine("n/a.part")},
	{name: "a temporary name of an empty file", make: mine("n/e.part")},
	{name: "all temporary names", make: func(t *testing.T, dir string, c *content) {
		for i, path := range []string{"n/a", "n/e", "n/d/b", "n/tiny"} {
			sized(path+".part", i)(t, dir, c)
		}
	}},
	{name: "a temporary name that is a hard link", make: func(t *testing.T, dir string, c *content) {
		sized("keep", 0)(t, dir, c)
		os.MkdirAll(dir+"/n", 0o777)
		os.Link(dir+"/keep", dir+"/n/a.part")
	}},
	{name: "a temporary name that is a link", make: func(t *testing.T, dir string, c *content) {
		sized("keep", 0)(t, dir, c)
		os.MkdirAll(dir+"/n", 0o777)
		os.Symlink("../keep", dir+"/n/a.part")
	}},
	{name: "a temporary name that is a folder", make: mine("n/a.part/x")},
	{name: "came between two runs", later: sized("n/a", 0)},
	{name: "a temporary name between two runs", later: sized("n/d/b.part", 2)},
	{name: "a temporary name that is a hard link between two runs", later: func(t *testing.T, dir string, c *content) {
		sized("keep", 2)(t, dir, c)
		os.MkdirAll(dir+"/n/d", 0o777)
		os.Link(dir+"/keep", dir+"/n/d/b.part")
	}},
	{name: "a temporary name that is a link between two runs", later: func(t *testing.T, dir string, c *content) {
		sized("keep", 2)(t, dir, c)
		os.MkdirAll(dir+"/n/d", 0o777)
		os.Symlink("../../keep", dir+"/n/d/b.part")
	}},
	{name: "for ours, between two runs", later: func(t *testing.T, dir string, c *content) {
		os.Remove(dir + "/n/a.part")
		sized("n/a.part", 0)(t, dir, c)
	}},
	{name: "the state folder's names", make: mine("n.lock"), later: mine("n.resume")},
}

// Whatever lies in the way of a download, and whenever it came there, not a byte of it is changed, none is taken away, and nothing is
// written outside, unless overwriting was asked for.
func TestExistingFilesStay(t *testing.T) {
	changed := 0
	for _, x := range existingCases {
		for _, clean := range []bool{true, false} { // how the first run ends
			t.Run(x.name, func(t *testing.T) {
				c := wayContent(t)
				r := newRig(t)
				r.dir = filepath.Join(r.dir, "into")
				base := filepath.Dir(r.dir)
				os.MkdirAll(base, 0o777)
				if x.make != nil {
					x.make(t, r.dir, c)
				}
				before := looks(t, base)
				completed := r.runAll(t, c, func(p int) bool { return x.later == nil || p == 0 }, clean)
				if x.later != nil {
					x.later(t, r.dir, c)
					for path, look := range looks(t, base) {
						if _, ours := before[path]; !ours && !strings.HasSuffix(path, "/a.part") || strings.HasPrefix(x.name, "for ours") {
							before[path] = look
						}
					}
					completed = r.runAll(t, c, func(int) bool { return true }, clean)
				}
				after := looks(t, base)
				for path, look := range before {
					if after[path] != look {
						t.Errorf("%s was changed", path)
						changed++
					}
				}
				if completed {
					for i := range c.info.Files {
						path := filepath.Join(append([]string{r.dir, "n"}, c.info.Files[i].Path...)...)
						if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, c.file(i)) {
							t.Errorf("complete, but %s is wrong: %v", path, err)
						}
					}
				}
			})
		}
	}
	t.Logf("%d cases, %d files changed", 2*len(existingCases), changed)
}

// runAll is one run of a download, which may be refused: anything but a plain refusal fails the test.
func (r *rig) runAll(t *testing.T, c *content, which func(piece int) bool, clean bool) (complete bool) {
	s, err := r.pool.Open(context.Background(), c.info, r.options())
	var have bitmap
	if err == nil {
		have, err = s.Check(context.Background(), nil)
	}
	var e *Error
	if err != nil {
		if !errors.As(err, &e) || e.Kind != InTheWay {
			t.Errorf("got %v", err)
		}
		if s != nil {
			s.Close(context.Background())
		}
		return false
	}
	for p := range c.info.NumPieces() {
		if have.has(p) || !which(p) {
			continue
		}
		if err := r.write(s, p, c.piece(p)).Err; err != nil && (!errors.As(err, &e) || e.Kind != InTheWay) {
			t.Errorf("got %v", err)
		}
	}
	r.settleNamed(s)
	complete = s.Complete()
	if clean {
		s.Close(context.Background())
	} else {
		r.abandon(s)
	}
	return complete
}

// looks records what lies below a folder: content, modes and times of files, where links lead. What the download itself has under
// way is left out.
func looks(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := snapshot(t, dir)
	for path := range out {
		fi, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		if fi.Mode()&fs.ModeSymlink == 0 {
			out[path] += fi.Mode().String() + fi.ModTime().String()
		}
	}
	return out
}

// Where names that differ in case only are one, the second of two such files is in the way of the first, and the first stays.
func TestNamesDifferInCase(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"read", 40_000}, entry{"READ", 40_000})
	r := newRig(t)
	taken := func(path string) bool {
		entries, _ := os.ReadDir(filepath.Dir(path))
		for _, e := range entries {
			if strings.EqualFold(e.Name(), filepath.Base(path)) {
				return true
			}
		}
		return false
	}
	r.pool.observe = func(op Op, path string) error {
		if (op == OpCreate || op == OpRename) && taken(path) {
			return syscall.EEXIST
		}
		return nil
	}
	failed := make(chan error, 1)
	o := r.options()
	o.OnError = func(err error) { failed <- err }
	s, _ := r.open(c, o)
	if err := r.writeAll(s, c); err != nil {
		t.Fatal(err)
	}
	var e *Error
	if err := <-failed; !errors.As(err, &e) || e.Kind != InTheWay {
		t.Errorf("got %v", err)
	}
	r.settleNamed(s)
	r.finalsRight(c)
	if s.Complete() {
		t.Error("complete")
	}
}

// What a killed run left behind of a file that nothing proved ours goes when the file is complete; anything else stays.
func TestOrphans(t *testing.T) {
	c := makeContent(t, "n", 64<<10, entry{"a", 30_000}, entry{"b", 60_000})
	for name, x := range map[string]struct {
		content func() []byte
		stays   bool
	}{
		"part of it":         {content: func() []byte { return c.file(0)[:20_000] }},
		"all of it":          {content: func() []byte { return c.file(0) }},
		"its end":            {content: func() []byte { b := bytes.Clone(c.file(0)); clear(b[:20_000]); return b }},
		"somebody else's":    {content: func() []byte { return bytes.Repeat([]byte{1}, 20_000) }, stays: true},
		"one byte different": {content: func() []byte { b := bytes.Clone(c.file(0)[:20_000]); b[19_999] ^= 255; return b }, stays: true},
		"longer":             {content: func() []byte { return append(bytes.Clone(c.file(0)), 1) }, stays: true},
	} {
		r := newRig(t)
		s, _ := r.open(c, r.options())
		r.abandon(s) // before anything came
		put(t, r.dir+"/n/a.part", x.content())
		s, have := r.open(c, r.options())
		r.fetch(s, c, have)
		r.settle(s)
		r.finalsRight(c)
		got, err := os.ReadFile(r.dir + "/n/a.part")
		if x.stays != (err == nil) || x.stays && !bytes.Equal(got, x.content()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
