package lab

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// random gives the same bytes for the same name in every run, and others for another name.
func random(name string) *rand.ChaCha8 {
	return rand.NewChaCha8(sha256.Sum256([]byte(name)))
}

// WriteFile makes dir/name of size bytes, made of its name, and returns its path.
func WriteFile(t testing.TB, dir, name string, size int64) string {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := writeRandom(path, name, size); err != nil {
		t.Fatal(err)
	}
	return path
}

func writeRandom(path, seed string, size int64) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.CopyN(f, random(seed), size)
	return errors.Join(err, f.Close())
}

// scripts are names that a torrent from somewhere else in the world has.
var scripts = []string{
	"plain", "with space and 'quotes'", "Übergröße naïve façade", "Ελληνικά αρχείο", "Привет мир", "日本語のファイル",
	"简体中文", "한국어 이름", "العربية", "עברית", "हिन्दी फ़ाइल", "ภาษาไทย", "ქართული", "🎵 music 🎶", ".hidden", "-dash", "100% #1 & [x] {y}",
}

// WriteFolder makes dir/name: 300 files in a few levels, empty ones, one of a single byte, many smaller than a piece
// so that they share pieces, some of several pieces, about 14 MiB, with names in several scripts.
func WriteFolder(t testing.TB, dir, name string) string {
	t.Helper()
	for i := range 300 {
		script := scripts[i%len(scripts)]
		parts := []string{name}
		for level := range i % 4 {
			parts = append(parts, fmt.Sprintf("%s %d", scripts[(i/4+level)%len(scripts)], level))
		}
		parts = append(parts, fmt.Sprintf("%s %03d.bin", script, i))
		WriteFile(t, dir, strings.Join(parts, "/"), folderSize(i))
	}
	return filepath.Join(dir, name)
}

func folderSize(i int) int64 {
	switch {
	case i%37 == 0:
		return 0 // the first of all files, too
	case i == 1:
		return 1
	case i == 299:
		return 0 // and the last
	case i%50 == 10:
		return 1<<20 + int64(i) // several pieces
	default:
		return int64(500 + (i*7919)%60_000)
	}
}

// Same reports how the folder got differs from want: content, missing and additional files. Files of want that
// without names may be missing.
func Same(want, got string, without func(name string, size int64) bool) error {
	a, err := list(want)
	if err != nil {
		return err
	}
	b, err := list(got)
	if err != nil {
		return err
	}
	var faults []error
	for name, size := range a {
		if _, there := b[name]; there {
			faults = append(faults, sameBytes(filepath.Join(want, name), filepath.Join(got, name)))
		} else if !without(name, size) {
			faults = append(faults, fmt.Errorf("missing: %q", name))
		}
	}
	for name := range b {
		if _, there := a[name]; !there {
			faults = append(faults, fmt.Errorf("not in the torrent: %q", name))
		}
	}
	return errors.Join(faults...)
}

// list returns the sizes of the files below a folder by their names from there.
func list(dir string) (map[string]int64, error) {
	files := map[string]int64{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, p)
		files[name] = info.Size()
		return err
	})
	return files, err
}

func sameBytes(want, got string) error {
	a, err := os.Open(want)
	if err != nil {
		return err
	}
	defer a.Close()
	b, err := os.Open(got)
	if err != nil {
		return err
	}
	defer b.Close()
	x, y := make([]byte, 1<<20), make([]byte, 1<<20)
	for off := int64(0); ; {
		n, errA := io.ReadFull(a, x)
		m, errB := io.ReadFull(b, y)
		if n != m || !bytes.Equal(x[:n], y[:m]) {
			return fmt.Errorf("%q differs in or after byte %d (%d and %d bytes read there)", got, off, n, m)
		}
		if errA != nil || errB != nil {
			return nil // both ended at the same place
		}
		off += int64(n)
	}
}
