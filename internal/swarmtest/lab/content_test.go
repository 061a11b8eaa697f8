package lab

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func none(string, int64) bool { return false }

func TestFolderIsWhatItPromises(t *testing.T) {
	dir := t.TempDir()
	WriteFolder(t, dir, "folder")
	files, err := list(dir)
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[int64]int{}
	var total int64
	for _, size := range files {
		sizes[size]++
		total += size
	}
	if len(files) != 300 || sizes[0] < 2 || sizes[1] != 1 || total < 10<<20 {
		t.Errorf("%d files, %d empty, %d of one byte, %d bytes in all", len(files), sizes[0], sizes[1], total)
	}
	again := t.TempDir()
	WriteFolder(t, again, "folder")
	if err := Same(dir, again, none); err != nil {
		t.Errorf("made twice, it differs: %v", err)
	}
}

func TestSameFindsDifferences(t *testing.T) {
	for _, c := range []struct {
		name, want string
		change     func(dir string) error
	}{
		{"missing", "missing: \"b\"", func(dir string) error { return os.Remove(filepath.Join(dir, "b")) }},
		{"too much", "not in the torrent: \"c\"", func(dir string) error { return os.WriteFile(filepath.Join(dir, "c"), nil, 0o600) }},
		{"shorter", "differs", func(dir string) error { return os.Truncate(filepath.Join(dir, "a"), 2<<20) }},
		{"other bytes", "differs", func(dir string) error { return writeRandom(filepath.Join(dir, "a"), "other", 3<<20) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			want, got := t.TempDir(), t.TempDir()
			for _, dir := range []string{want, got} {
				WriteFile(t, dir, "a", 3<<20)
				WriteFile(t, dir, "b", 0)
			}
			if err := Same(want, got, none); err != nil {
				t.Fatal(err)
			}
			if err := c.change(got); err != nil {
				t.Fatal(err)
			}
			if err := Same(want, got, none); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
		})
	}
}
