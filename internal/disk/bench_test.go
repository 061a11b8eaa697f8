package disk

import (
	"context"
	"crypto/sha1"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// fastDir is a folder in memory where there is one, so that the disk is not what is measured.
func fastDir(b testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "disk-test-")
	if err != nil {
		return b.TempDir()
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

const (
	benchPiece  = 1 << 20
	benchPieces = 256
)

// BenchmarkWrite hashes and writes pieces of 1 MiB from blocks in memory.
func BenchmarkWrite(b *testing.B) {
	c := makeContent(b, "n", benchPiece, entry{"", benchPieces * benchPiece})
	b.SetBytes(int64(len(c.data)))
	b.ReportAllocs()
	base := fastDir(b)
	cpu := newCPUMeter()
	for b.Loop() {
		b.StopTimer()
		cpu.stop()
		os.RemoveAll(base)
		r := newRigAt(b, filepath.Join(base, "d"), filepath.Join(base, "s"), PoolOptions{})
		s, _ := r.open(c, r.options())
		tokens := make(chan []*Block, 8)
		for range cap(tokens) {
			tokens <- make([]*Block, benchPiece/BlockSize)
		}
		room := make([]*Block, benchPiece/BlockSize)
		r.pool.memory.Blocks(room)
		r.pool.memory.Recycle(room)
		cpu.start()
		b.StartTimer()
		for p := range benchPieces {
			bs := <-tokens
			r.pool.memory.Blocks(bs)
			for i, k := range bs { // what a socket would do
				copy(k[:], c.data[p*benchPiece+i*BlockSize:])
			}
			s.Write(p, bs, func(x Result) {
				if x.Err != nil || !x.Good {
					b.Error(x)
				}
				tokens <- bs
			})
		}
		for range cap(tokens) {
			<-tokens
		}
		r.settle(s)
		b.StopTimer()
		cpu.stop()
		r.close(s)
		cpu.start()
		b.StartTimer()
	}
	cpu.report(b, int64(len(c.data)))
}

// BenchmarkWriteLimit is the same with nothing but the hash and one write a piece.
func BenchmarkWriteLimit(b *testing.B) {
	c := makeContent(b, "n", benchPiece, entry{"", benchPieces * benchPiece})
	b.SetBytes(int64(len(c.data)))
	base := fastDir(b)
	cpu := newCPUMeter()
	for b.Loop() {
		b.StopTimer()
		cpu.stop()
		f, err := os.Create(filepath.Join(base, "f"))
		if err != nil {
			b.Fatal(err)
		}
		tokens := make(chan []byte, 8)
		for range cap(tokens) {
			tokens <- make([]byte, benchPiece)
		}
		cpu.start()
		b.StartTimer()
		type job struct {
			p   int
			buf []byte
		}
		jobs := make(chan job, 8)
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				for j := range jobs {
					sha1.Sum(j.buf)
					f.WriteAt(j.buf, int64(j.p)*benchPiece)
					tokens <- j.buf
				}
			})
		}
		for p := range benchPieces {
			buf := <-tokens
			copy(buf, c.data[p*benchPiece:])
			jobs <- job{p, buf}
		}
		close(jobs)
		all.Wait()
		b.StopTimer()
		cpu.stop()
		f.Close()
		os.Remove(f.Name())
		cpu.start()
		b.StartTimer()
	}
	cpu.report(b, int64(len(c.data)))
}

// BenchmarkCheck hashes 256 MiB that lie in the page cache.
func BenchmarkCheck(b *testing.B) {
	c := makeContent(b, "n", benchPiece, entry{"", benchPieces * benchPiece})
	base := fastDir(b)
	put(b, filepath.Join(base, "n"), c.data)
	r := newRigAt(b, base, "", PoolOptions{})
	b.SetBytes(int64(len(c.data)))
	cpu := newCPUMeter()
	for b.Loop() {
		s, err := r.pool.Open(context.Background(), c.info, Options{Dir: base, ReadOnly: true})
		if err != nil {
			b.Fatal(err)
		}
		have, err := s.Check(context.Background(), nil)
		if err != nil || count(have) != benchPieces {
			b.Fatal(err, count(have))
		}
		s.Close(context.Background())
	}
	cpu.report(b, int64(len(c.data)))
}

// BenchmarkHashLimit is the hash alone, on as many goroutines, of data in memory.
func BenchmarkHashLimit(b *testing.B) {
	data := make([]byte, benchPieces*benchPiece)
	b.SetBytes(int64(len(data)))
	cpu := newCPUMeter()
	for b.Loop() {
		var all sync.WaitGroup
		for w := range 2 {
			all.Go(func() {
				for p := w; p < benchPieces; p += 2 {
					sha1.Sum(data[p*benchPiece : (p+1)*benchPiece])
				}
			})
		}
		all.Wait()
	}
	cpu.report(b, int64(len(data)))
}

// BenchmarkReadVec reads 16 blocks at a time into buffers of their own.
func BenchmarkReadVec(b *testing.B) {
	c := makeContent(b, "n", benchPiece, entry{"", 16 * benchPiece})
	base := fastDir(b)
	put(b, filepath.Join(base, "n"), c.data)
	r := newRigAt(b, base, "", PoolOptions{})
	s, _ := r.open(c, Options{Dir: base, ReadOnly: true})
	bufs := make([][]byte, 16)
	for i := range bufs {
		bufs[i] = make([]byte, BlockSize)
	}
	b.SetBytes(16 * BlockSize)
	b.ReportAllocs()
	off := int64(0)
	cpu := newCPUMeter()
	for b.Loop() {
		if err := s.ReadVec(bufs, off); err != nil {
			b.Fatal(err)
		}
		if off += 16 * BlockSize; off == int64(len(c.data)) {
			off = 0
		}
	}
	cpu.report(b, int64(16*BlockSize))
}

// BenchmarkReadLimit is the same with one plain pread.
func BenchmarkReadLimit(b *testing.B) {
	base := fastDir(b)
	put(b, filepath.Join(base, "n"), make([]byte, 16*benchPiece))
	f, err := os.Open(filepath.Join(base, "n"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	buf := make([]byte, 16*BlockSize)
	b.SetBytes(16 * BlockSize)
	off := int64(0)
	cpu := newCPUMeter()
	for b.Loop() {
		if _, err := f.ReadAt(buf, off); err != nil {
			b.Fatal(err)
		}
		if off += 16 * BlockSize; off == 16*benchPiece {
			off = 0
		}
	}
	cpu.report(b, int64(16*BlockSize))
}
