package metainfo

import (
	"io"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// forget drops a file from the page cache.
func forget(b *testing.B, path string) {
	b.Helper()
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		b.Skip("the page cache cannot be emptied:", err)
	}
}

// BenchmarkCreateCold reads from disk. It wants of-disk to be near 1: as fast as reading the file from
// its beginning to its end.
func BenchmarkCreateCold(b *testing.B) {
	path := bigFile(b)
	buf := make([]byte, 1<<20)
	read := func() time.Duration {
		forget(b, path)
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		start := time.Now()
		if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{f}, buf); err != nil {
			b.Fatal(err)
		}
		took := time.Since(start)
		forget(b, path)
		return took
	}
	b.SetBytes(benchSize())
	against(b, "of-disk", read, func() { create(b, Options{Path: path}) })
}
