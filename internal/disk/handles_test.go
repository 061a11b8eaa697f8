package disk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// openUnder counts the process's open files below a folder.
func openUnder(t testing.TB, dir string) (files, folders int) {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc")
	}
	for _, e := range entries {
		path, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err != nil || !strings.HasPrefix(path, dir) {
			continue
		}
		if fi, err := os.Stat(path); err == nil && fi.IsDir() {
			folders++
		} else {
			files++
		}
	}
	return files, folders
}

// Many files, few handles: everything still gets written and read, by many at once.
func TestFewHandles(t *testing.T) {
	var entries []entry
	for i := range 150 {
		entries = append(entries, entry{fmt.Sprintf("d%d/f%d", i%17, i), 1000 + 117*i%9000})
	}
	c := makeContent(t, "n", 32<<10, entries...)
	base := fastDir(t)
	r := newRigAt(t, base+"/d", base+"/s", PoolOptions{MaxOpenFiles: 8})
	s, have := r.open(c, r.options())
	r.fetch(s, c, have)
	var all sync.WaitGroup
	for seed := range uint64(16) {
		all.Go(func() {
			random := rand.New(rand.NewPCG(seed, 1))
			for range 100 {
				off := random.IntN(len(c.data))
				p := make([]byte, random.IntN(min(20_000, len(c.data)-off)+1))
				if err := s.ReadAt(p, int64(off)); err != nil || !bytes.Equal(p, c.data[off:off+len(p)]) {
					t.Errorf("read %d at %d: %v", len(p), off, err)
				}
				r.pool.handles.mu.Lock()
				if n := r.pool.handles.open; n > 8 {
					t.Errorf("%d files are open", n)
				}
				r.pool.handles.mu.Unlock()
			}
		})
	}
	all.Wait()
	r.settle(s)
	const locks = 2
	if files, folders := openUnder(t, r.dir); files > 8 || folders > 2*r.pool.folders.max+locks {
		t.Errorf("%d files and %d folders are open", files, folders)
	}
	for i := range c.info.Files {
		r.wantFile(s, c, i)
	}
	r.close(s)
	if files, folders := openUnder(t, base); files+folders != 0 {
		t.Errorf("%d files and %d folders are still open", files, folders)
	}
}

// Data that is altered while it is served is noticed and said, and never a crash.
func TestChangedUnderneath(t *testing.T) {
	change := map[string]struct {
		f    func(path string)
		want error
	}{
		"removed":   {func(path string) { os.Remove(path) }, fs.ErrNotExist},
		"truncated": {func(path string) { os.Truncate(path, 100) }, ErrShort},
		"emptied":   {func(path string) { os.Truncate(path, 0) }, ErrShort},
		"altered":   {func(path string) { b, _ := os.ReadFile(path); b[5]++; os.WriteFile(path, b, 0o666) }, ErrModified},
		"replaced": {func(path string) {
			b, _ := os.ReadFile(path)
			os.WriteFile(path+".new", b, 0o666)
			os.Rename(path+".new", path)
		}, nil},
		"a folder": {func(path string) { os.Remove(path); os.Mkdir(path, 0o777) }, nil},
	}
	for name, x := range change {
		for _, open := range []bool{false, true} {
			for _, readOnly := range []bool{false, true} {
				t.Run(fmt.Sprint(name, ", open ", open, ", read-only ", readOnly), func(t *testing.T) {
					c := makeContent(t, "n", 16<<10, entry{"", 100_000})
					r := newRig(t)
					defer r.pool.Close()
					put(t, filepath.Join(r.dir, "n"), c.data)
					age(t, filepath.Join(r.dir, "n"))
					o := r.options()
					o.ReadOnly = readOnly
					s, have := r.open(c, o)
					defer s.Close(context.Background())
					if count(have) != c.info.NumPieces() {
						t.Fatal("not all there")
					}
					p := make([]byte, 16<<10)
					if open {
						if err := s.ReadAt(p, 0); err != nil {
							t.Fatal(err)
						}
					} else {
						r.pool.handles.hold(&s.files[0])
						r.pool.handles.unhold(&s.files[0])
					}
					x.f(filepath.Join(r.dir, "n"))
					if _, _, ok := s.View(50_000, 16<<10); ok {
						t.Error("it was shown")
					}
					err := s.ReadVec([][]byte{p}, 50_000)
					var e *Error
					if !errors.As(err, &e) || e.Kind != Changed {
						t.Fatalf("got %v", err)
					}
					if x.want != nil && !errors.Is(err, x.want) {
						t.Errorf("got %v, want %v", err, x.want)
					}
				})
			}
		}
	}
}

func TestReadVec(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"a", 100}, entry{"pad:p", 16<<10 - 100}, entry{"b", 1}, entry{"c", 300_000})
	r := newRig(t)
	s, have := r.open(c, r.options())
	r.fetch(s, c, have)
	random := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		var bufs [][]byte
		total := 0
		for range random.IntN(100) {
			n := random.IntN(3000)
			if random.IntN(4) == 0 {
				n = 0
			}
			bufs = append(bufs, make([]byte, n))
			total += n
		}
		off := random.IntN(max(1, len(c.data)-total))
		if off+total > len(c.data) {
			continue
		}
		if err := s.ReadVec(bufs, int64(off)); err != nil {
			t.Fatal(err)
		}
		if got := bytes.Join(bufs, nil); !bytes.Equal(got, c.data[off:off+total]) {
			t.Fatalf("%d bytes at %d are wrong", total, off)
		}
	}
	bufs := [][]byte{make([]byte, 100), make([]byte, 100)}
	if n := testing.AllocsPerRun(100, func() { s.ReadVec(bufs, 50_000) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	for _, off := range []int64{-1, int64(len(c.data)) - 5, int64(len(c.data)) + 5, 1 << 62} {
		if err := s.ReadAt(make([]byte, 10), off); !errors.Is(err, ErrRange) {
			t.Errorf("read at %d: %v", off, err)
		}
		if err := s.ReadVec([][]byte{make([]byte, 10)}, off); !errors.Is(err, ErrRange) {
			t.Errorf("read at %d: %v", off, err)
		}
	}
}

// However many views are held, and by however many at once, others get at their files.
func TestViewsLeaveHandles(t *testing.T) {
	var entries []entry
	for i := range 40 {
		entries = append(entries, entry{fmt.Sprint("f", i), 1000})
	}
	c := makeContent(t, "n", 16<<10, entries...)
	base := fastDir(t)
	r := newRigAt(t, base+"/d", base+"/s", PoolOptions{MaxOpenFiles: 8})
	s, have := r.open(c, r.options())
	r.fetch(s, c, have)
	r.settle(s)
	var all sync.WaitGroup
	for who := range 6 {
		all.Go(func() {
			for range 20 {
				var pins []interface{ Release() }
				for i := range c.info.Files {
					i = (i*7 + who) % len(c.info.Files)
					off := c.info.Files[i].Offset
					if b, pin, ok := s.View(off, 1000); ok {
						pins = append(pins, pin)
						if !bytes.Equal(b, c.file(i)) {
							t.Errorf("file %d is shown wrong", i)
						}
					}
					p := make([]byte, 1000)
					if err := s.ReadAt(p, off); err != nil || !bytes.Equal(p, c.file(i)) {
						t.Errorf("file %d: %v", i, err)
					}
				}
				for _, pin := range pins {
					pin.Release()
				}
			}
		})
	}
	all.Wait()
	if n := r.pool.handles.viewed; n != 0 {
		t.Errorf("%d views are still counted", n)
	}
	_, pin, ok := s.View(0, 1000)
	if !ok && runtime.GOOS == "linux" {
		t.Error("nothing is shown any more")
	}
	if ok {
		pin.Release()
	}
}
