package session

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// benchSize is what each whole transfer moves.
const benchSize = 256 << 20

// fast is a folder in memory where there is one.
func fast(tb testing.TB) string {
	tb.Helper()
	for _, root := range []string{"/dev/shm", ""} {
		if dir, err := os.MkdirTemp(root, "shoal-bench"); err == nil {
			tb.Cleanup(func() { os.RemoveAll(dir) })
			return dir
		}
	}
	tb.Fatal("no folder for temporary files")
	return ""
}

// benchContent makes n files of benchSize bytes in all.
func benchContent(tb testing.TB, n int, pieceLength int64) (dir string, m *metainfo.Metainfo) {
	tb.Helper()
	dir = fast(tb)
	r := rand.NewChaCha8([32]byte{2})
	b := make([]byte, benchSize/n)
	root := filepath.Join(dir, "content")
	for i := range n {
		r.Read(b)
		path := filepath.Join(root, fmt.Sprintf("%03d/%05d", i/100, i))
		if n == 1 {
			path = root
		} else if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o666); err != nil {
			tb.Fatal(err)
		}
	}
	m, err := metainfo.Create(context.Background(), metainfo.Options{Path: root, PieceLength: pieceLength})
	if err != nil {
		tb.Fatal(err)
	}
	return dir, m
}

// BenchmarkTransfer moves 256 MiB over loopback, seeders and leecher in one process; MB/s counts what a leecher
// got, cpu-s/GiB what both sides took together.
func BenchmarkTransfer(b *testing.B) {
	for _, c := range []struct {
		name           string
		files, seeders int
		pieceLength    int64
	}{
		{"pieces=1MiB", 1, 1, 1 << 20},
		{"pieces=16MiB/seeders=20", 1, 20, 16 << 20},
		{"pieces=1MiB/seeders=20", 1, 20, 1 << 20},
		{"files=16384", 16384, 1, 1 << 20},
	} {
		b.Run(c.name, func(b *testing.B) {
			dir, m := benchContent(b, c.files, c.pieceLength)
			var peers []string
			for range c.seeders {
				peers = append(peers, seed(b, m, dir))
			}
			b.SetBytes(benchSize)
			before := cpuSeconds(b)
			for b.Loop() {
				get(b, m, peers)
			}
			b.ReportMetric((cpuSeconds(b)-before)/float64(b.N)*(1<<30)/benchSize, "cpu-s/GiB")
		})
	}
}

// get fetches into a new folder with a new session.
func get(b *testing.B, m *metainfo.Metainfo, peers []string) {
	dir := fast(b)
	s := start(b)
	t := add(b, s, AddOptions{Metainfo: m, Dir: dir, Peers: peers})
	<-t.Done()
	if err := t.Err(); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	os.RemoveAll(dir)
	b.StartTimer()
}

// BenchmarkTrade has four leechers fetch from one seeder and from each other.
func BenchmarkTrade(b *testing.B) {
	const leechers = 4
	dir, m := benchContent(b, 1, 1<<20)
	seeder := seed(b, m, dir)
	b.SetBytes(leechers * benchSize)
	before := cpuSeconds(b)
	for b.Loop() {
		var sessions []*Session
		peers := []string{seeder}
		for range leechers {
			s := start(b)
			sessions = append(sessions, s)
			peers = append(peers, fmt.Sprintf("127.0.0.1:%d", s.Port()))
		}
		var all sync.WaitGroup
		for _, s := range sessions {
			out, complete := fast(b), make(chan struct{})
			t := add(b, s, AddOptions{Metainfo: m, Dir: out, Peers: peers, Keep: true, OnEvent: func(e Event) {
				if e.Kind == Complete {
					close(complete)
				}
			}})
			all.Go(func() {
				select {
				case <-complete:
				case <-t.Done():
					b.Error(t.Err())
				}
			})
		}
		all.Wait()
		b.StopTimer()
		for _, s := range sessions {
			s.Close(context.Background())
		}
		b.StartTimer()
	}
	b.ReportMetric((cpuSeconds(b)-before)/float64(b.N)*(1<<30)/(leechers*benchSize), "cpu-s/GiB")
}

// BenchmarkFloor is the least that such a transfer can be: the wire format, SHA-1 of every piece and one write a
// piece. The engine is held against it.
func BenchmarkFloor(b *testing.B) {
	const piece, block = 1 << 20, 16 << 10
	dir, _ := benchContent(b, 1, piece)
	src, err := os.Open(filepath.Join(dir, "content"))
	if err != nil {
		b.Fatal(err)
	}
	defer src.Close()
	b.SetBytes(benchSize)
	before := cpuSeconds(b)
	for b.Loop() {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		go floorSeed(l, src, piece, block)
		floorLeech(b, l.Addr().String(), filepath.Join(dir, "out"), piece, block)
		l.Close()
	}
	b.ReportMetric((cpuSeconds(b)-before)/float64(b.N)*(1<<30)/benchSize, "cpu-s/GiB")
}

// floorSeed answers requests in order, many to one write.
func floorSeed(l net.Listener, src *os.File, piece, block int) {
	c, err := l.Accept()
	if err != nil {
		return
	}
	defer c.Close()
	r, w := bufio.NewReaderSize(c, 64<<10), make([]byte, 0, 64*(13+block))
	var q [17]byte
	for {
		if _, err := io.ReadFull(r, q[:]); err != nil {
			return
		}
		n := len(w)
		w = w[:n+13+block]
		binary.BigEndian.PutUint32(w[n:], uint32(9+block))
		copy(w[n+4:], q[4:13])
		off := int64(binary.BigEndian.Uint32(q[5:]))*int64(piece) + int64(binary.BigEndian.Uint32(q[9:]))
		if _, err := src.ReadAt(w[n+13:], off); err != nil {
			return
		}
		if len(w)+13+block > cap(w) || r.Buffered() < len(q) {
			if _, err := c.Write(w); err != nil {
				return
			}
			w = w[:0]
		}
	}
}

// floorLeech asks for everything at once, and hashes and writes with two workers.
func floorLeech(b *testing.B, addr, path string, piece, block int) {
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	type job struct {
		index int
		data  *[]byte
	}
	jobs, pool := make(chan job, 4), sync.Pool{New: func() any { b := make([]byte, piece); return &b }}
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			for j := range jobs {
				sha1.Sum(*j.data)
				f.WriteAt(*j.data, int64(j.index)*int64(piece))
				pool.Put(j.data)
			}
		})
	}
	c, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	go func() {
		w := bufio.NewWriterSize(c, 64<<10)
		q := [17]byte{3: 13, 4: 6}
		binary.BigEndian.PutUint32(q[13:], uint32(block))
		for off := 0; off < benchSize; off += block {
			binary.BigEndian.PutUint32(q[5:], uint32(off/piece))
			binary.BigEndian.PutUint32(q[9:], uint32(off%piece))
			w.Write(q[:])
		}
		w.Flush()
	}()
	r := bufio.NewReaderSize(c, 128<<10)
	for p := range benchSize / piece {
		data := pool.Get().(*[]byte)
		for at := 0; at < piece; at += block {
			if _, err := r.Discard(13); err != nil {
				b.Fatal(err)
			}
			if _, err := io.ReadFull(r, (*data)[at:at+block]); err != nil {
				b.Fatal(err)
			}
		}
		jobs <- job{p, data}
	}
	close(jobs)
	workers.Wait()
}
