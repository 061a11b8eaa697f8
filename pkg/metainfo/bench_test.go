package metainfo

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"hash"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// benchSize is how much data the benchmarks hash: SHOAL_BENCH_MIB or 256 MiB.
func benchSize() int64 {
	if n, err := strconv.ParseInt(os.Getenv("SHOAL_BENCH_MIB"), 10, 64); err == nil {
		return n << 20
	}
	return 256 << 20
}

// bigFile writes a file of benchSize bytes and returns its path.
func bigFile(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "big")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	chunk := []byte(noise(1, 1<<20))
	for at := int64(0); at < benchSize(); at += int64(len(chunk)) {
		chunk[0]++
		if _, err := f.Write(chunk); err != nil {
			b.Fatal(err)
		}
	}
	return path
}

// limit hashes benchSize bytes of memory on all cores with the standard library, with each of the
// hashes: what a program can reach that spends nothing on reading. It returns how long that took.
func limit(hashes ...func() hash.Hash) time.Duration {
	start := time.Now()
	cores := int64(runtime.GOMAXPROCS(0))
	var all sync.WaitGroup
	for range cores {
		all.Go(func() {
			chunk := make([]byte, 256<<10)
			for _, newHash := range hashes {
				h := newHash()
				for n := int64(0); n < benchSize()/cores; n += int64(len(chunk)) {
					h.Write(chunk)
				}
			}
		})
	}
	all.Wait()
	return time.Since(start)
}

// limitHashes are what each format has to compute of every byte.
var limitHashes = map[Format][]func() hash.Hash{
	V1: {sha1.New}, V2: {sha256.New}, Hybrid: {sha1.New, sha256.New},
}

// against runs work and reference in turns, so that what else the machine does meets both, and reports
// the median of reference to work as the metric: 1 is as fast, more is faster.
func against(b *testing.B, metric string, reference func() time.Duration, work func()) {
	b.Helper()
	var ratios []float64
	for b.Loop() {
		b.StopTimer()
		before := reference()
		b.StartTimer()
		start := time.Now()
		work()
		took := time.Since(start)
		b.StopTimer()
		after := reference()
		b.StartTimer()
		ratios = append(ratios, (before+after).Seconds()/2/took.Seconds())
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], metric)
}

// BenchmarkCreate wants of-limit to be 0.92 for v1 and 0.9 for the others.
func BenchmarkCreate(b *testing.B) {
	path := bigFile(b)
	for _, format := range []Format{V1, V2, Hybrid} {
		b.Run(format.String(), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(benchSize())
			against(b, "of-limit", func() time.Duration { return limit(limitHashes[format]...) }, func() {
				create(b, Options{Path: path, Format: format})
			})
		})
	}
}

// BenchmarkVerify wants of-limit to be 0.9. What seeding checks before it begins is the same.
func BenchmarkVerify(b *testing.B) {
	path := bigFile(b)
	for _, format := range []Format{V1, V2, Hybrid} {
		b.Run(format.String(), func(b *testing.B) {
			m := create(b, Options{Path: path, Format: format})
			b.ReportAllocs()
			b.SetBytes(benchSize())
			against(b, "of-limit", func() time.Duration { return limit(limitHashes[format]...) }, func() {
				r, err := Verify(context.Background(), m.Info, path, VerifyOptions{PieceLayers: m.PieceLayers, SkipExtra: true})
				if err != nil || !r.Complete() {
					b.Fatal(err)
				}
			})
		})
	}
}

// BenchmarkCreateSmall makes a torrent of 100,000 files of 1 KiB. It wants of-sha1sum to be 0.67 at
// least: no more than 1.5 times as long as sha1sum on as many cores.
func BenchmarkCreateSmall(b *testing.B) {
	root := b.TempDir()
	for n := range 100_000 {
		folder := filepath.Join(root, fmt.Sprint(n/1000))
		if n%1000 == 0 {
			os.Mkdir(folder, 0o755)
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprint(n)), make([]byte, 1024), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	sha1sum := func() time.Duration {
		start := time.Now()
		line := fmt.Sprintf("find . -type f -print0 | xargs -0 -n 1000 -P %d sha1sum >/dev/null", runtime.GOMAXPROCS(0))
		cmd := exec.Command("sh", "-c", line)
		cmd.Dir = root
		if err := cmd.Run(); err != nil {
			b.Skip("no sha1sum here:", err)
		}
		return time.Since(start)
	}
	for _, format := range []Format{V1, V2, Hybrid} {
		b.Run(format.String(), func(b *testing.B) {
			b.ReportAllocs()
			against(b, "of-sha1sum", sha1sum, func() { create(b, Options{Path: root, Format: format}) })
		})
	}
}

// manyFiles returns a torrent of n files, as a text.
func manyFiles(format Format, n int) []byte {
	c := &creation{options: &Options{Format: format, PieceLength: 16 << 10}}
	for f := range n {
		c.sources = append(c.sources, source{
			elements: []string{fmt.Sprintf("folder %03d", f/1000), fmt.Sprintf("some file with a name %06d.txt", f)},
			stamp:    stamp{size: 1000},
		})
	}
	return madeUp(c)
}

// manyPieces returns a torrent of one file of n pieces.
func manyPieces(format Format, n int64) []byte {
	c := &creation{options: &Options{Format: format, PieceLength: 16 << 10}}
	c.sources = []source{{elements: []string{"file"}, stamp: stamp{size: n * 16 << 10}}}
	return madeUp(c)
}

// madeUp finishes a torrent with hashes that fit no data.
func madeUp(c *creation) []byte {
	if err := c.layout("name", false); err != nil {
		panic(err)
	}
	for p := range c.info.numPieces {
		c.found(p, Hash{1, byte(p)}, Hash256{2, byte(p), byte(p >> 8)})
	}
	m := New(c.info)
	if c.info.v2 {
		m.PieceLayers = c.layers()
	}
	c.info.seal(encodeInfo(c.info))
	return m.Bytes()
}

// BenchmarkParse wants each of these to take less than 150 ms and 100 MiB.
func BenchmarkParse(b *testing.B) {
	for _, format := range []Format{V1, V2, Hybrid} {
		for name, make := range map[string]func() []byte{
			"100k files": func() []byte { return manyFiles(format, 100_000) },
			"1M pieces":  func() []byte { return manyPieces(format, 1_000_000) },
		} {
			b.Run(format.String()+" "+name, func(b *testing.B) {
				raw := make()
				b.ReportAllocs()
				for b.Loop() {
					if _, err := ParseWith(raw, Limits{Size: 1 << 30}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
