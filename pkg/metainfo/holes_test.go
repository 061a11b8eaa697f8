package metainfo

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestSparseFiles compares sparse files with files of the same content that are not.
func TestSparseFiles(t *testing.T) {
	const size = 3<<20 + 12_345
	at := map[int64]string{0: noise(1, 5000), 1 << 20: noise(2, 70_000), 2<<20 + 300_000: "x"}
	folder := t.TempDir()
	sparse, dense := filepath.Join(folder, "sparse", "f"), filepath.Join(folder, "dense", "f")
	content := make([]byte, size)
	for off, data := range at {
		copy(content[off:], data)
	}
	writeSparse(t, sparse, size, at)
	writeSparse(t, dense, size, map[int64]string{0: string(content)})
	writeSparse(t, filepath.Join(folder, "sparse", "hole"), 1<<20+1, nil)
	writeSparse(t, filepath.Join(folder, "dense", "hole"), 1<<20+1, map[int64]string{0: string(make([]byte, 1<<20+1))})
	for _, format := range []Format{V1, V2, Hybrid} {
		for _, length := range []int64{16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20} {
			o := Options{Format: format, PieceLength: length, Name: "n"}
			o.Path = filepath.Dir(sparse)
			a := create(t, o)
			o.Path = filepath.Dir(dense)
			b := create(t, o)
			if !bytes.Equal(a.Bytes(), b.Bytes()) {
				t.Errorf("%v, pieces of %d: another torrent", format, length)
			}
			for _, path := range []string{sparse, dense} {
				if r := verify(t, a, filepath.Dir(path)); !r.Complete() {
					t.Errorf("%v, pieces of %d: %s", format, length, outline(a.Info, r))
				}
			}
		}
	}
}

func writeSparse(t *testing.T, path string, size int64, at map[int64]string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for off, data := range at {
		if _, err := f.WriteAt([]byte(data), off); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
}
