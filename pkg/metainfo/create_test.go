package metainfo

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// writeTree writes files below a new folder and returns the folder. A name that
// ends in a slash is a folder.
func writeTree(t testing.TB, files map[string]string) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "shared")
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			continue
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func create(t testing.TB, o Options) *Metainfo {
	t.Helper()
	m, err := Create(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// paths lists the files of a torrent without padding.
func paths(i *Info) []string {
	var list []string
	for n := range i.Files {
		if !i.Files[n].Pad {
			list = append(list, strings.Join(i.Files[n].Path, "/"))
		}
	}
	return list
}

// noise returns n bytes that differ by seed.
func noise(seed uint64, n int) string {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16), byte(seed >> 24)}).Read(b)
	return string(b)
}

func TestCreateOrdersFiles(t *testing.T) {
	root := writeTree(t, map[string]string{"b": "1", "a/z": "2", "a-b": "3", "a.b/c": "4", "a/b/c": "5", "a/b-c": "6", "B": "7", "ä": "8"})
	want := []string{"B", "a/b/c", "a/b-c", "a/z", "a-b", "a.b/c", "b", "ä"}
	for _, format := range []Format{V1, V2, Hybrid} {
		if got := paths(create(t, Options{Path: root, Format: format}).Info); !slices.Equal(got, want) {
			t.Errorf("%v: got %v, want %v", format, got, want)
		}
	}
}

func TestCreateChoosesFiles(t *testing.T) {
	root := writeTree(t, map[string]string{
		"a.txt": "1", "b.jpg": "2", "sub/c.txt": "3", "sub/d.jpg": "4", "sub/deep/e.txt": "5",
		".DS_Store": "j", "sub/Thumbs.db": "j", "sub/desktop.ini": "j", "empty/": "",
	})
	junk := []string{".DS_Store", "sub/Thumbs.db", "sub/desktop.ini"}
	tests := []struct {
		name             string
		include, exclude []string
		junk             bool
		want             []string
	}{
		{name: "all", want: []string{"a.txt", "b.jpg", "sub/c.txt", "sub/d.jpg", "sub/deep/e.txt"}},
		{name: "junk too", junk: true, include: junk, want: junk},
		{name: "by extension", include: []string{"*.txt"}, want: []string{"a.txt", "sub/c.txt", "sub/deep/e.txt"}},
		{name: "a folder", include: []string{"sub"}, exclude: []string{"*.jpg"}, want: []string{"sub/c.txt", "sub/deep/e.txt"}},
		{name: "a folder with a slash", exclude: []string{"sub/"}, want: []string{"a.txt", "b.jpg"}},
		{name: "only at the root", include: []string{"/*.txt"}, want: []string{"a.txt"}},
		{name: "any depth", include: []string{"sub/**/*.txt"}, want: []string{"sub/c.txt", "sub/deep/e.txt"}},
		{name: "all below", include: []string{"sub/deep/**"}, want: []string{"sub/deep/e.txt"}},
		{name: "exclude wins", include: []string{"a.txt", "b.jpg"}, exclude: []string{"a*"}, want: []string{"b.jpg"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := create(t, Options{Path: root, Include: test.include, Exclude: test.exclude, KeepJunk: test.junk})
			if got := paths(m.Info); !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestCreateRefuses(t *testing.T) {
	root := writeTree(t, map[string]string{"a": "1"})
	missing := filepath.Join(root, "missing")
	tests := []struct {
		name    string
		options Options
		option  string // of the OptionError
		err     error
	}{
		{"no path", Options{}, "", fs.ErrNotExist},
		{"missing path", Options{Path: missing}, "", fs.ErrNotExist},
		{"nothing left", Options{Path: root, Exclude: []string{"*"}}, "", ErrNoFiles},
		{"name with a separator", Options{Path: root, Name: "a/b"}, "Name", nil},
		{"name of two dots", Options{Path: root, Name: ".."}, "Name", nil},
		{"root folder", Options{Path: "/"}, "Name", nil},
		{"small piece", Options{Path: root, PieceLength: 1 << 13}, "PieceLength", nil},
		{"odd piece", Options{Path: root, PieceLength: 20000}, "PieceLength", nil},
		{"negative piece", Options{Path: root, PieceLength: -1}, "PieceLength", nil},
		{"huge piece", Options{Path: root, PieceLength: 1 << 30}, "PieceLength", nil},
		{"v2 piece", Options{Path: root, PieceLength: 48 << 10, Format: V2}, "PieceLength", nil},
		{"tracker", Options{Path: root, Trackers: [][]string{{"ftp://x"}}}, "Trackers", nil},
		{"web seed", Options{Path: root, WebSeeds: []string{"udp://x"}}, "WebSeeds", nil},
		{"pattern", Options{Path: root, Include: []string{"[a"}}, "Include", nil},
		{"empty pattern", Options{Path: root, Exclude: []string{""}}, "Exclude", nil},
		{"comment", Options{Path: root, Comment: "\xff"}, "Comment", nil},
		{"format", Options{Path: root, Format: 9}, "Format", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Create(context.Background(), test.options)
			var option *OptionError
			if errors.As(err, &option); test.option != "" && (option == nil || option.Option != test.option) {
				t.Errorf("got %v, want an error about %s", err, test.option)
			}
			if err == nil || test.err != nil && !errors.Is(err, test.err) {
				t.Errorf("got %v, want %v", err, test.err)
			}
		})
	}
}

func TestCreateFollowsLinks(t *testing.T) {
	root := writeTree(t, map[string]string{"a/file": "content"})
	other := writeTree(t, map[string]string{"x": "other"})
	link(t, filepath.Join(other, "x"), filepath.Join(root, "link"))
	link(t, other, filepath.Join(root, "folder"))
	got := paths(create(t, Options{Path: root}).Info)
	if want := []string{"a/file", "folder/x", "link"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}

	link(t, root, filepath.Join(root, "a", "loop"))
	if _, err := Create(context.Background(), Options{Path: root}); err == nil || !strings.Contains(err.Error(), "loop") {
		t.Errorf("loop: got %v", err)
	}
	create(t, Options{Path: root, Exclude: []string{"loop"}})

	link(t, filepath.Join(root, "nowhere"), filepath.Join(root, "broken"))
	_, err := Create(context.Background(), Options{Path: root, Exclude: []string{"loop"}})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("broken link: got %v", err)
	}
}

func link(t *testing.T, to, at string) {
	t.Helper()
	if err := os.Symlink(to, at); err != nil {
		t.Skip("no symbolic links here:", err)
	}
}

func TestCreateSeesChanges(t *testing.T) {
	for name, change := range map[string]func(path string) error{
		"shorter": func(path string) error { return os.Truncate(path, 100) },
		"longer":  func(path string) error { return os.Truncate(path, 1<<20) },
		"newer":   func(path string) error { return os.Chtimes(path, time.Time{}, time.Unix(1e9, 0)) },
		"gone":    os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			root := writeTree(t, map[string]string{"a": noise(1, 40_000), "b": noise(2, 900_000)})
			o := &Options{Path: root, PieceLength: 16 << 10}
			sources, _, err := walk(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			if err := change(filepath.Join(root, "b")); err != nil {
				t.Fatal(err)
			}
			c := &creation{options: o, sources: sources}
			if err := c.layout("x", false); err != nil {
				t.Fatal(err)
			}
			err = c.hash(context.Background())
			if name == "gone" && !errors.Is(err, fs.ErrNotExist) || name != "gone" && !errors.Is(err, ErrChanged) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCreateStops(t *testing.T) {
	root := writeTree(t, map[string]string{"a": noise(1, 4<<20)})
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	_, err := Create(ctx, Options{Path: root, Workers: 1, PieceLength: 16 << 10, Progress: func(done, total int64) {
		calls++
		cancel()
	}})
	if !errors.Is(err, context.Canceled) || calls == 0 {
		t.Errorf("got %v after %d calls", err, calls)
	}
}

func TestCreateProgress(t *testing.T) {
	root := writeTree(t, map[string]string{"a": noise(1, 3<<20), "b": "x"})
	for _, format := range []Format{V1, V2, Hybrid} {
		var last, most int64
		create(t, Options{Path: root, Format: format, PieceLength: 64 << 10, Progress: func(done, total int64) {
			if done < last || done > total {
				t.Errorf("%v: %d of %d after %d", format, done, total, last)
			}
			last, most = done, total
		}})
		if last != most || last < 3<<20+1 {
			t.Errorf("%v: ended with %d of %d", format, last, most)
		}
	}
}

// TestCreateHashes compares with the plainest computation there is.
func TestCreateHashes(t *testing.T) {
	a, b := noise(1, 700_000), noise(2, 1_300_001)
	root := writeTree(t, map[string]string{"a": a, "b": b, "empty": ""})
	for _, length := range []int64{16 << 10, 48 << 10, 256 << 10, 512 << 10, 1 << 20, 4 << 20} {
		i := create(t, Options{Path: root, PieceLength: length}).Info
		data := []byte(a + b)
		for p := range i.NumPieces() {
			piece := data[int64(p)*length:]
			piece = piece[:i.PieceSize(p)]
			if i.PieceHash(p) != sha1.Sum(piece) {
				t.Errorf("piece length %d: piece %d is wrong", length, p)
			}
		}
	}
}

func TestCreateIsDeterministic(t *testing.T) {
	root := writeTree(t, map[string]string{"a": noise(1, 700_000), "b/c": noise(2, 100), "b/d": ""})
	for _, format := range []Format{V1, V2, Hybrid} {
		o := Options{
			Path: root, Format: format, Trackers: [][]string{{"http://a/announce", "udp://b:1"}, {"https://c/d"}},
			WebSeeds: []string{"http://w/"}, Private: true, Source: "S", Comment: "C", CreatedBy: "B", Date: time.Unix(1e9, 5),
		}
		first := create(t, o)
		now := time.Now().Add(time.Hour)
		if err := os.Chtimes(filepath.Join(root, "a"), now, now); err != nil {
			t.Fatal(err)
		}
		o.Workers = 5
		if !bytes.Equal(first.Bytes(), create(t, o).Bytes()) {
			t.Errorf("%v: two runs differ", format)
		}
		if !first.Info.Private || first.Info.Source != "S" || first.CreationDate != time.Unix(1e9, 0).UTC() || len(first.Warnings) > 0 {
			t.Errorf("%v: got %+v", format, first)
		}
	}
}

// TestCreateGivesTheSameBytes compares with torrents that were made before: a
// new release must not give known files another infohash.
func TestCreateGivesTheSameBytes(t *testing.T) {
	root := writeTree(t, map[string]string{"a": noise(1, 40_000), "b/c": "x", "d": "", "e/f/g": noise(2, 16_384)})
	for _, format := range []Format{V1, V2, Hybrid} {
		folder := Options{
			Path: root, Format: format, PieceLength: 16 << 10, Private: format == V2, Source: "S",
			Trackers: [][]string{{"http://a.example/announce", "udp://b.example:1"}, {"https://c.example/"}},
			WebSeeds: []string{"http://w.example/"}, Comment: "c", CreatedBy: "b",
		}
		file := Options{Path: filepath.Join(root, "a"), Format: format, PieceLength: 16 << 10}
		for name, o := range map[string]Options{format.String(): folder, format.String() + "-one-file": file} {
			want, err := os.ReadFile(filepath.Join("testdata", name+".torrent"))
			if err != nil {
				t.Fatal(err)
			}
			if got := create(t, o).Bytes(); !bytes.Equal(got, want) {
				t.Errorf("%s: got %q", name, got)
			}
		}
	}
}

func TestAutoPieceLength(t *testing.T) {
	many := make([]int64, 100_000)
	for n := range many {
		many[n] = 1024
	}
	for _, test := range []struct {
		format Format
		sizes  []int64
		want   int64
	}{
		{V1, nil, 16 << 10},
		{V1, []int64{0}, 16 << 10},
		{V1, []int64{2000 * 16 << 10}, 16 << 10},
		{V1, []int64{2000*16<<10 - 1, 2}, 32 << 10},
		{V1, []int64{1 << 30}, 1 << 20},
		{V1, []int64{2 << 30}, 2 << 20},
		{V1, []int64{1 << 40}, 16 << 20},
		{V1, []int64{2 << 40}, 16 << 20},
		{V1, []int64{1 << 44}, 128 << 20},
		{V1, many, 64 << 10},
		{V2, []int64{2 << 30}, 2 << 20},
		{V2, many, 16 << 10},
		{Hybrid, many, 16 << 10},
		{Hybrid, append(many, 2<<30), 2 << 20},
		{Hybrid, []int64{1 << 40, 1 << 40}, 16 << 20},
	} {
		if got := autoPieceLength(test.sizes, test.format); got != test.want {
			t.Errorf("%v, %d files: got %d, want %d", test.format, len(test.sizes), got, test.want)
		}
	}
}
