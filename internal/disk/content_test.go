package disk

import (
	"bytes"
	"context"
	"crypto/sha1"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// entry is a file of a torrent made up for a test. A path that begins with "pad:" makes it padding.
type entry struct {
	path string
	size int
}

// content is a torrent made up for a test, and its data.
type content struct {
	info *metainfo.Info
	data []byte // the piece space
}

// makeContent makes up a torrent of random data; one entry without a path makes a single-file one.
func makeContent(t testing.TB, name string, pieceLength int, entries ...entry) *content {
	t.Helper()
	total := 0
	for _, e := range entries {
		total += e.size
	}
	data := make([]byte, total)
	seed := sha1.Sum([]byte(fmt.Sprint(name, pieceLength, entries)))
	random := rand.NewChaCha8([32]byte(append(seed[:], make([]byte, 12)...)))
	off := 0
	for _, e := range entries {
		if !strings.HasPrefix(e.path, "pad:") {
			random.Read(data[off : off+e.size])
		}
		off += e.size
	}
	return makeContentOf(t, name, pieceLength, data, entries...)
}

// makeContentOf makes up a torrent of given data.
func makeContentOf(t testing.TB, name string, pieceLength int, data []byte, entries ...entry) *content {
	t.Helper()
	var list strings.Builder
	for _, e := range entries {
		path, pad := strings.CutPrefix(e.path, "pad:")
		if path == "" {
			continue
		}
		list.WriteString("d")
		if pad {
			list.WriteString("4:attr1:p")
		}
		fmt.Fprintf(&list, "6:lengthi%de4:pathl", e.size)
		for element := range strings.SplitSeq(path, "/") {
			fmt.Fprintf(&list, "%d:%s", len(element), element)
		}
		list.WriteString("ee")
	}
	var raw strings.Builder
	raw.WriteString("d")
	if list.Len() > 0 {
		fmt.Fprintf(&raw, "5:filesl%se", list.String())
	} else {
		fmt.Fprintf(&raw, "6:lengthi%de", len(data))
	}
	var hashes []byte
	for piece := range slicesChunk(data, pieceLength) {
		h := sha1.Sum(piece)
		hashes = append(hashes, h[:]...)
	}
	fmt.Fprintf(&raw, "4:name%d:%s12:piece lengthi%de6:pieces%d:%se", len(name), name, pieceLength, len(hashes), hashes)
	info, err := metainfo.ParseInfo([]byte(raw.String()))
	if err != nil {
		t.Fatal(err)
	}
	return &content{info: info, data: data}
}

func slicesChunk(b []byte, n int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(b) > 0 {
			k := min(n, len(b))
			if !yield(b[:k]) {
				return
			}
			b = b[k:]
		}
	}
}

// file is the data of file i.
func (c *content) file(i int) []byte {
	f := &c.info.Files[i]
	return c.data[f.Offset : f.Offset+f.Length]
}

func (c *content) piece(p int) []byte {
	off := int64(p) * c.info.PieceLength
	return c.data[off : off+c.info.PieceSize(p)]
}

// rig is a pool and a place on disk.
type rig struct {
	t     testing.TB
	pool  *Pool
	dir   string
	state string
}

func newRig(t testing.TB) *rig {
	t.Helper()
	base := fastDir(t)
	return newRigAt(t, filepath.Join(base, "data"), filepath.Join(base, "state"), PoolOptions{})
}

func newRigAt(t testing.TB, dir, state string, o PoolOptions) *rig {
	r := &rig{t: t, pool: NewPool(o), dir: dir, state: state}
	t.Cleanup(r.pool.Close)
	return r
}

func (r *rig) options() Options { return Options{Dir: r.dir, StateDir: r.state} }

// open opens and checks. The storage is closed at the end of the test unless it was before.
func (r *rig) open(c *content, o Options) (*Storage, bitmap) {
	r.t.Helper()
	s, err := r.pool.Open(context.Background(), c.info, o)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { s.Close(context.Background()) })
	have, err := s.Check(context.Background(), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return s, have
}

// openErr opens and checks, and wants an error of a kind.
func (r *rig) openErr(c *content, o Options, kind Kind) *Error {
	r.t.Helper()
	s, err := r.pool.Open(context.Background(), c.info, o)
	if err == nil {
		_, err = s.Check(context.Background(), nil)
		s.Close(context.Background())
	}
	e, ok := err.(*Error)
	if !ok || e.Kind != kind {
		r.t.Fatalf("got %v, want an error of the kind %v", err, kind)
	}
	return e
}

// write hands one piece in and waits for what becomes of it.
func (r *rig) write(s *Storage, piece int, data []byte) Result {
	done := make(chan Result, 1)
	s.Write(piece, r.blocks(data), func(x Result) { x.Blocks = nil; done <- x })
	return <-done
}

func (r *rig) blocks(data []byte) []*Block {
	bs := make([]*Block, (len(data)+BlockSize-1)/BlockSize)
	r.pool.memory.Blocks(bs)
	for i, b := range bs {
		copy(b[:], data[i*BlockSize:])
	}
	return bs
}

// fetch hands in every piece that is wanted and not had, all at once, and waits.
func (r *rig) fetch(s *Storage, c *content, have bitmap) {
	r.t.Helper()
	r.fetchSome(s, c, have, func(int) bool { return true })
}

func (r *rig) fetchSome(s *Storage, c *content, have bitmap, which func(piece int) bool) {
	r.t.Helper()
	var all sync.WaitGroup
	for p := range c.info.NumPieces() {
		if have.has(p) || !s.Wanted(p) || !which(p) {
			continue
		}
		all.Add(1)
		s.Write(p, r.blocks(c.piece(p)), func(x Result) {
			if !x.Good || x.Err != nil {
				r.t.Errorf("piece %d: good %v, %v", p, x.Good, x.Err)
			}
			all.Done()
		})
	}
	all.Wait()
}

// settle waits until every file has its name.
func (r *rig) settle(s *Storage) {
	r.t.Helper()
	s.mu.Lock()
	for s.finishing || s.jobs > 0 {
		s.idle.Wait()
	}
	s.mu.Unlock()
	if !s.Complete() {
		r.t.Fatalf("not complete: %v", s.failure)
	}
}

func (r *rig) close(s *Storage) {
	r.t.Helper()
	if err := s.Close(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

// abandon leaves a storage as a killed process would: nothing is synced, nothing is written, what the system would
// clean up is cleaned up.
func (r *rig) abandon(s *Storage) {
	s.mu.Lock()
	s.closed = true
	for s.finishing || s.jobs > 0 {
		s.idle.Wait()
	}
	s.mu.Unlock()
	r.pool.handles.closeAll(s)
	r.pool.folders.closeAll(s)
	if s.lock != nil {
		s.lock.f.Unlock() // the file stays
	}
	s.unlockPlace()
	r.pool.leave(s.target())
}

// wantFile fails unless file i has its final name and the right content.
func (r *rig) wantFile(s *Storage, c *content, i int) {
	r.t.Helper()
	got, err := os.ReadFile(s.Path(i))
	if err != nil {
		r.t.Fatal(err)
	}
	if !bytes.Equal(got, c.file(i)) {
		r.t.Fatalf("%s: wrong content", s.Path(i))
	}
}

// tree lists what lies below dir: relative paths, folders with a slash at the end.
func tree(t testing.TB, dir string) []string {
	t.Helper()
	var out []string
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, path)
		switch {
		case err != nil || rel == ".":
		case d.IsDir():
			out = append(out, filepath.ToSlash(rel)+"/")
		default:
			out = append(out, filepath.ToSlash(rel))
		}
		return nil
	})
	sort.Strings(out)
	return out
}

func put(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

func count(b bitmap) int {
	n := 0
	for i := range len(b) * 64 {
		if b.has(i) {
			n++
		}
	}
	return n
}

// age sets a file's time back, so that a change shows on file systems with coarse times.
func age(t testing.TB, path string) {
	t.Helper()
	then := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
}
