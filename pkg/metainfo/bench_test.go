package metainfo

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"hash"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"
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

// BenchmarkLimit hashes memory on all cores with the standard library: what a
// program can reach that spends nothing on reading.
func BenchmarkLimit(b *testing.B) {
	for name, newHash := range map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New} {
		b.Run(name, func(b *testing.B) {
			cores := int64(runtime.GOMAXPROCS(0))
			b.SetBytes(benchSize())
			for b.Loop() {
				var all sync.WaitGroup
				for range cores {
					all.Go(func() {
						h, chunk := newHash(), make([]byte, 256<<10)
						for n := int64(0); n < benchSize()/cores; n += int64(len(chunk)) {
							h.Write(chunk)
						}
					})
				}
				all.Wait()
			}
		})
	}
}

func BenchmarkCreate(b *testing.B) {
	path := bigFile(b)
	for _, format := range []Format{V1, V2, Hybrid} {
		b.Run(format.String(), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(benchSize())
			for b.Loop() {
				create(b, Options{Path: path, Format: format})
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	path := bigFile(b)
	for _, format := range []Format{V1, V2, Hybrid} {
		b.Run(format.String(), func(b *testing.B) {
			m := create(b, Options{Path: path, Format: format})
			b.ReportAllocs()
			b.SetBytes(benchSize())
			for b.Loop() {
				r, err := Verify(context.Background(), m.Info, path, VerifyOptions{PieceLayers: m.PieceLayers})
				if err != nil || !r.Complete() {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCreateSmall makes a torrent of 10,000 files of 1 KiB.
func BenchmarkCreateSmall(b *testing.B) {
	root := b.TempDir()
	for n := range 10_000 {
		folder := filepath.Join(root, fmt.Sprint(n/500))
		os.MkdirAll(folder, 0o755)
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprint(n)), make([]byte, 1024), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	for _, format := range []Format{V1, V2, Hybrid} {
		b.Run(format.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				create(b, Options{Path: root, Format: format})
			}
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

func BenchmarkParse(b *testing.B) {
	for _, format := range []Format{V1, V2, Hybrid} {
		for name, raw := range map[string][]byte{
			"100k files": manyFiles(format, 100_000),
			"1M pieces":  manyPieces(format, 1_000_000),
		} {
			b.Run(format.String()+" "+name, func(b *testing.B) {
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
