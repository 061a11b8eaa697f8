package metainfo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func verify(t testing.TB, m *Metainfo, root string) *Report {
	t.Helper()
	r, err := Verify(context.Background(), m.Info, root, VerifyOptions{PieceLayers: m.PieceLayers})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// outline writes what a report says, without what is complete.
func outline(i *Info, r *Report) string {
	var b strings.Builder
	for _, f := range r.Files {
		if f.Status == Complete && f.Damaged == nil && f.Unverified == nil && f.Err == nil {
			continue
		}
		fmt.Fprintf(&b, "%s: %v", strings.Join(i.Files[f.File].Path, "/"), f.Status)
		if f.Damaged != nil {
			fmt.Fprintf(&b, " damaged %v", f.Damaged)
		}
		if f.Unverified != nil {
			fmt.Fprintf(&b, " unverified %v", f.Unverified)
		}
		b.WriteString("; ")
	}
	for _, name := range r.Extra {
		fmt.Fprintf(&b, "%s: extra; ", name)
	}
	return strings.TrimSuffix(b.String(), "; ")
}

// verifyFiles is what TestVerify damages. In pieces of 16384, v1 pieces 0 and
// 1 hold a, 2 holds the end of a and the start of b, 3 the end of b, c and e.
var verifyFiles = map[string]string{
	"a": noise(1, 40_000), "b": noise(2, 20_000), "c": noise(3, 1_000), "d/empty": "", "e": noise(5, 10),
}

func TestVerify(t *testing.T) {
	flip := func(name string, at int) func(string) error {
		return func(root string) error {
			data := []byte(verifyFiles[name])
			data[at] ^= 1
			return os.WriteFile(filepath.Join(root, name), data, 0o644)
		}
	}
	tests := []struct {
		name   string
		damage func(root string) error
		v1     string
		v2     string // and hybrid
	}{
		{"nothing", func(string) error { return nil }, "", ""},
		{
			"a byte in one file", flip("a", 20_000),
			"a: damaged damaged [{16384 32768}]", "a: damaged damaged [{16384 32768}]",
		},
		{
			"a byte in a shared piece", flip("b", 5),
			"a: damaged damaged [{32768 40000}]; b: damaged damaged [{0 9152}]", "b: damaged damaged [{0 16384}]",
		},
		{
			"a missing file", func(root string) error { return os.Remove(filepath.Join(root, "b")) },
			"a: unverified unverified [{32768 40000}]; b: missing; c: unverified unverified [{0 1000}]; e: unverified unverified [{0 10}]",
			"b: missing",
		},
		{
			"a missing empty file", func(root string) error { return os.RemoveAll(filepath.Join(root, "d")) },
			"d/empty: missing", "d/empty: missing",
		},
		{
			"an empty file with bytes", func(root string) error { return os.WriteFile(filepath.Join(root, "d", "empty"), []byte("x"), 0o644) },
			"d/empty: wrong size", "d/empty: wrong size",
		},
		{
			"a short file", func(root string) error { return os.Truncate(filepath.Join(root, "a"), 30_000) },
			"a: wrong size damaged [{16384 40000}]; b: unverified unverified [{0 9152}]",
			"a: wrong size damaged [{16384 40000}]",
		},
		{
			"a long file", func(root string) error {
				return os.WriteFile(filepath.Join(root, "a"), []byte(verifyFiles["a"]+"more"), 0o644)
			},
			"a: wrong size", "a: wrong size",
		},
		{
			"a folder in place of a file", func(root string) error {
				return errors.Join(os.Remove(filepath.Join(root, "a")), os.Mkdir(filepath.Join(root, "a"), 0o755))
			},
			"a: unreadable damaged [{0 40000}]; b: unverified unverified [{0 9152}]", "a: unreadable damaged [{0 40000}]",
		},
		{
			"a file in place of a folder", func(root string) error {
				return errors.Join(os.RemoveAll(filepath.Join(root, "d")), os.WriteFile(filepath.Join(root, "d"), nil, 0o644))
			},
			"d/empty: missing", "d/empty: missing",
		},
		{
			"extra files", func(root string) error {
				return errors.Join(os.WriteFile(filepath.Join(root, ".x"), nil, 0o644),
					os.WriteFile(filepath.Join(root, "d", "y"), nil, 0o644),
					os.MkdirAll(filepath.Join(root, "z", "empty"), 0o755))
			},
			".x: extra; d/y: extra", ".x: extra; d/y: extra",
		},
	}
	for _, test := range tests {
		for _, format := range []Format{V1, V2, Hybrid} {
			t.Run(test.name+" "+format.String(), func(t *testing.T) {
				root := writeTree(t, verifyFiles)
				m := create(t, Options{Path: root, Format: format, PieceLength: 16 << 10})
				if err := test.damage(root); err != nil {
					t.Fatal(err)
				}
				want := test.v2
				if format == V1 {
					want = test.v1
				}
				r := verify(t, m, root)
				if got := outline(m.Info, r); got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
				if r.Complete() != (want == "" || strings.Contains(want, "extra")) {
					t.Errorf("complete: %v", r.Complete())
				}
				allGood := !strings.Contains(want, "[") && want != "b: missing"
				if (r.GoodPieces == r.Pieces) != allGood || (r.GoodBytes == m.Info.DataLength()) != allGood {
					t.Errorf("%d of %d pieces are good, %d bytes", r.GoodPieces, r.Pieces, r.GoodBytes)
				}
			})
		}
	}
}

func TestVerifyWithoutLayers(t *testing.T) {
	root := writeTree(t, verifyFiles)
	m := create(t, Options{Path: root, Format: V2, PieceLength: 16 << 10})
	m.PieceLayers = nil
	if r := verify(t, m, root); !r.Complete() || r.GoodPieces != r.Pieces {
		t.Errorf("got %s", outline(m.Info, r))
	}
	if err := os.WriteFile(filepath.Join(root, "a"), make([]byte, 40_000), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := outline(m.Info, verify(t, m, root)); got != "a: damaged damaged [{0 40000}]" {
		t.Errorf("got %s", got)
	}
	if err := os.Truncate(filepath.Join(root, "b"), 17_000); err != nil {
		t.Fatal(err)
	}
	want := "a: damaged damaged [{0 40000}]; b: wrong size damaged [{16384 20000}] unverified [{0 16384}]"
	if got := outline(m.Info, verify(t, m, root)); got != want {
		t.Errorf("got %s", got)
	}
}

func TestVerifyFindsRoot(t *testing.T) {
	root := writeTree(t, map[string]string{"a": "1", "shared/a": "2", "b": "3"})
	m := create(t, Options{Path: root})
	single := create(t, Options{Path: filepath.Join(root, "a")})
	link(t, root, filepath.Join(filepath.Dir(root), "link"))
	t.Chdir(root)
	for _, test := range []struct {
		m    *Metainfo
		root string
	}{
		{m, root}, {m, filepath.Dir(root)}, {m, root + "/"}, {m, "."}, {m, ".."}, {m, "../link"}, {m, "../shared//"},
		{single, root}, {single, filepath.Join(root, "a")}, {single, "."}, {single, "a"},
	} {
		if r := verify(t, test.m, test.root); !r.Complete() || len(r.Extra) > 0 {
			t.Errorf("%s: looked at %s: %s", test.root, r.Root, outline(test.m.Info, r))
		}
	}
	elsewhere := t.TempDir()
	if r := verify(t, m, elsewhere); r.Files[0].Status != Missing || r.Root != filepath.Join(elsewhere, "shared") {
		t.Errorf("empty folder: got %s in %s", outline(m.Info, r), r.Root)
	}
	if r := verify(t, single, elsewhere); r.Files[0].Status != Missing {
		t.Errorf("empty folder: got %s", outline(single.Info, r))
	}
	if _, err := Verify(context.Background(), m.Info, filepath.Join(elsewhere, "none"), VerifyOptions{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing root: got %v", err)
	}
	if _, err := Verify(context.Background(), m.Info, filepath.Join(root, "a"), VerifyOptions{}); err == nil {
		t.Error("a file for a folder: no error")
	}
}

func TestVerifyUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	root := writeTree(t, verifyFiles)
	m := create(t, Options{Path: root, PieceLength: 16 << 10})
	if err := os.Chmod(filepath.Join(root, "b"), 0); err != nil {
		t.Fatal(err)
	}
	r := verify(t, m, root)
	if f := r.Files[1]; f.Status != Unreadable || !errors.Is(f.Err, fs.ErrPermission) {
		t.Errorf("got %s", outline(m.Info, r))
	}
}

// TestVerifyReadFailure has files fail while they are read, which Verify only
// learns when it is in the middle of them.
func TestVerifyReadFailure(t *testing.T) {
	root := writeTree(t, verifyFiles)
	for _, format := range []Format{V1, V2, Hybrid} {
		m := create(t, Options{Path: root, Format: format, PieceLength: 16 << 10})
		v := &verification{info: m.Info, layers: m.PieceLayers, root: root, state: make([]pieceState, m.Info.NumPieces())}
		v.size, v.errs = make([]int64, len(m.Info.Files)), make([]error, len(m.Info.Files))
		if err := v.measure(context.Background(), 0); err != nil {
			t.Fatal(err)
		}
		n := slices.IndexFunc(m.Info.Files, func(f File) bool { return f.Path[0] == "b" })
		v.size[n]-- // so that the file's last piece is not even read
		if err := os.Rename(filepath.Join(root, "b"), filepath.Join(root, "away")); err != nil {
			t.Fatal(err)
		}
		if err := v.hash(context.Background(), &VerifyOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(root, "away"), filepath.Join(root, "b")); err != nil {
			t.Fatal(err)
		}
		want := "b: unreadable damaged [{0 20000}]"
		if format == V1 {
			want = "a: unverified unverified [{32768 40000}]; " + want +
				"; c: unverified unverified [{0 1000}]; e: unverified unverified [{0 10}]"
		}
		if got := outline(m.Info, v.report()); got != want {
			t.Errorf("%v: got  %s\nwant %s", format, got, want)
		}
	}
}

func TestVerifyStops(t *testing.T) {
	root := writeTree(t, map[string]string{"a": noise(1, 4<<20)})
	m := create(t, Options{Path: root, PieceLength: 16 << 10})
	ctx, cancel := context.WithCancel(context.Background())
	_, err := Verify(ctx, m.Info, root, VerifyOptions{Workers: 1, Progress: func(int64, int64) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := Verify(ctx, m.Info, root, VerifyOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
