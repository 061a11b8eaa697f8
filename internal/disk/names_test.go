package disk

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// Somebody else's NAME.part is left alone.
func TestForeignPart(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"", 100_000})
	foreign := map[string]func(t *testing.T, path string){
		"small":        func(t *testing.T, path string) { put(t, path, []byte("somebody else's")) },
		"large":        func(t *testing.T, path string) { put(t, path, make([]byte, 200_000)) },
		"same size":    func(t *testing.T, path string) { put(t, path, bytes.Repeat([]byte{7}, 100_000)) },
		"a link":       func(t *testing.T, path string) { put(t, path+"x", make([]byte, 50_000)); os.Symlink("n.partx", path) },
		"a folder":     func(t *testing.T, path string) { os.MkdirAll(path, 0o777) },
		"a link to go": func(t *testing.T, path string) { os.MkdirAll(filepath.Dir(path), 0o777); os.Symlink("n.new", path) },
	}
	for name, f := range foreign {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			f(t, r.dir+"/n.part")
			before := snapshot(t, r.dir)
			s, have := r.open(c, r.options())
			r.fetchSome(s, c, have, even)
			r.abandon(s)
			s, have = r.open(c, r.options())
			if count(have) != 4 {
				t.Errorf("have %d", count(have))
			}
			r.fetch(s, c, have)
			r.settle(s)
			r.wantFile(s, c, 0)
			after := snapshot(t, r.dir)
			sameSnapshot(t, before, after)
			if len(after) != len(before)+1 {
				t.Errorf("there is %v", tree(t, r.dir))
			}
		})
	}
}

func TestLayoutClashes(t *testing.T) {
	tests := []struct {
		paths string
		plain string // which of them may be at NAME.part
	}{
		{"a b", "a b"},
		{"a a.part", "a.part"},
		{"a A.Part", "A.Part"},
		{"a a.part/x", "a.part/x"},
		{"d/a d/a.part/x/y", "d/a.part/x/y"},
		{"d/a e/a.part", "d/a e/a.part"},
		{"a a.part a.part.part", "a.part.part"},
	}
	for _, x := range tests {
		info := &metainfo.Info{Name: "n", PieceLength: 16 << 10}
		for path := range strings.FieldsSeq(x.paths) {
			info.Files = append(info.Files, metainfo.File{Path: strings.Split(path, "/"), Length: 5})
		}
		l, err := newLayout(info, "/d", "")
		if err != nil {
			t.Fatal(err)
		}
		var plain []string
		for i := range info.Files {
			if l.temp(i, tempPlain) != "" {
				plain = append(plain, strings.Join(info.Files[i].Path, "/"))
			}
			if tagged := l.temp(i, tempTagged); tagged == l.base(i) || !strings.HasSuffix(tagged, partSuffix) {
				t.Errorf("%s: tagged name %q", x.paths, tagged)
			}
		}
		if got := strings.Join(plain, " "); got != x.plain {
			t.Errorf("%s: NAME.part for %s, want %s", x.paths, got, x.plain)
		}
	}
}

func TestTemporaryNames(t *testing.T) {
	long := strings.Repeat("x", 240)
	tests := []struct {
		name    string
		entries []entry
		plain   []int // files that are not at NAME.part
	}{
		{"case", []entry{{"a", 40_000}, {"A.PART", 40_000}}, []int{0}},
		{"long", []entry{{long, 40_000}, {"d/" + long, 40_000}}, nil},
		{"long clash", []entry{{long[:235], 40_000}, {long[:235] + ".PART", 40_000}}, []int{0}},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			c := makeContent(t, "n", 16<<10, x.entries...)
			r := newRig(t)
			s, have := r.open(c, r.options())
			r.fetchSome(s, c, have, even)
			for i := range c.info.Files {
				if c.info.Files[i].Length == 0 {
					continue
				}
				_, err := os.Lstat(s.Path(i) + partSuffix)
				if other := slices.Contains(x.plain, i); other && s.files[i].temp == tempPlain || !other && err != nil {
					t.Errorf("%s: temporary name %d, %v", s.Path(i), s.files[i].temp, err)
				}
			}
			r.abandon(s)
			s, have = r.open(c, r.options())
			r.fetch(s, c, have)
			r.settle(s)
			for i := range c.info.Files {
				r.wantFile(s, c, i)
			}
			if got := tree(t, r.dir); slices.ContainsFunc(got, func(p string) bool { return strings.HasPrefix(filepath.Base(p), ".") }) {
				t.Errorf("left behind: %v", got)
			}
		})
	}
}

// Where only short names can be had, a file still finds one.
func TestShortNames(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"", 60_000})
	r := newRig(t)
	r.pool.observe = func(op Op, path string) error {
		if op == OpCreate && len(filepath.Base(path)) > 0 && filepath.Base(path)[0] != '.' {
			return syscall.ENAMETOOLONG
		}
		return nil
	}
	s, have := r.open(c, r.options())
	r.fetchSome(s, c, have, even)
	if got := tree(t, r.dir); len(got) != 1 || got[0][0] != '.' {
		t.Errorf("there is %v", got)
	}
	r.abandon(s)
	s, have = r.open(c, r.options())
	if count(have) != 2 {
		t.Errorf("have %d", count(have))
	}
	r.fetch(s, c, have)
	r.settle(s)
	r.wantFile(s, c, 0)
	if got := tree(t, r.dir); !slices.Equal(got, []string{"n"}) {
		t.Errorf("there is %v", got)
	}
}
