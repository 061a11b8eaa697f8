//go:build interop

package interop

import (
	"crypto/rand"
	"fmt"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// Over TCP with a tenth of a second to the other side and back, shoal fills the path as well as a single copy of the same bytes over one
// connection.
func TestFarTCP(t *testing.T) {
	const size = 64 << 20
	path := lab.Path{Delay: 50 * time.Millisecond, Rate: 16 << 20, Queue: 4 << 20}
	least := time.Duration(float64(size) / float64(path.Rate) * float64(time.Second))
	lab.Shoal{}.Need(t)
	hosts := lab.NewFar(t, 2, path)
	seed, get := hosts[seedHost], hosts[getHost]
	ctx := lab.Within(t, 3*time.Minute)
	tor := lab.Shoal{}.Create(seed, lab.WriteFile(t, filepath.Join(seed.Dir, "content"), "far.bin", size))
	if err := (lab.Shoal{}).Seed(seed, lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content)}).Complete(ctx); err != nil {
		t.Fatal(err)
	}
	copied := plainCopy(t, seed, get, size)
	began := time.Now()
	job := lab.Job{Source: tor.File, Dir: filepath.Join(get.Dir, "got"), Peers: []string{fmt.Sprintf("%s:%d", seed.Addr, lab.Port)}}
	if err := (lab.Shoal{}).Get(get, job).Complete(ctx); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	t.Logf("%v; a plain copy %v; the path allows of %v", took.Round(time.Millisecond), copied.Round(time.Millisecond), least)
	if took > max(copied, least)*5/4 {
		t.Errorf("%v, a plain copy took %v", took, copied)
	}
	if err := lab.Same(filepath.Dir(tor.Content), job.Dir, torrentFile(tor)); err != nil {
		t.Error(err)
	}
}

// plainCopy sends bytes over one connection and nothing else, and returns how long it took.
func plainCopy(t *testing.T, from, to *lab.Host, size int64) time.Duration {
	t.Helper()
	const port = 5001
	l := from.Listen(port)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		block := make([]byte, 1<<20)
		rand.Read(block)
		for n := int64(0); n < size; n += int64(len(block)) {
			if _, err := conn.Write(block); err != nil {
				return
			}
		}
	}()
	began := time.Now()
	conn, err := to.Dial(t.Context(), "tcp", fmt.Sprintf("%s:%d", from.Addr, port))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if n, err := io.Copy(io.Discard, conn); err != nil || n < size {
		t.Fatalf("%d of %d bytes: %v", n, size, err)
	}
	return time.Since(began)
}
