package disk

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

var layouts = []struct {
	name    string
	piece   int
	entries []entry
}{
	{"single", 32 << 10, []entry{{"", 100_000}}},
	{"single, whole pieces", 32 << 10, []entry{{"", 128 << 10}}},
	{"single byte", 16 << 10, []entry{{"", 1}}},
	{"empty single", 16 << 10, []entry{{"", 0}}},
	{"odd piece length", 10_001, []entry{{"a", 30_000}, {"b", 5}, {"c", 70_000}}},
	{"piece of many blocks", 1 << 20, []entry{{"", 3<<20 + 17}}},
	{"empty files at the ends", 16 << 10, []entry{{"first", 0}, {"a/b", 20_000}, {"mid", 0}, {"c", 1}, {"last", 0}}},
	{"only empty files", 16 << 10, []entry{{"x", 0}, {"d/y", 0}}},
	{"many in a piece", 64 << 10, []entry{{"a", 1}, {"b", 2}, {"c", 0}, {"d", 300}, {"e", 7000}, {"f", 1}, {"g", 60_000}}},
	{"padding", 32 << 10, []entry{{"a", 1000}, {"pad:p/1", 31768}, {"b", 32 << 10}, {"c", 5}, {"pad:p/2", 32763}}},
	{"piece of padding", 16 << 10, []entry{{"a", 16 << 10}, {"pad:p/1", 16 << 10}, {"b", 9}}},
	{"deep", 16 << 10, []entry{{"1/2/3/4/5/6/7/8/a", 40_000}, {"1/2/3/b", 3}, {"z", 17_000}}},
	{"scripts", 16 << 10, []entry{{"日本語/ファイル", 9000}, {"עברית", 17000}, {"ÅÄÖ/naïve", 33}}},
}

func TestFetch(t *testing.T) {
	for _, x := range layouts {
		t.Run(x.name, func(t *testing.T) {
			c := makeContent(t, "content", x.piece, x.entries...)
			r := newRig(t)
			var mu sync.Mutex
			var named []int
			o := r.options()
			o.OnFile = func(i int) { mu.Lock(); named = append(named, i); mu.Unlock() }
			s, have := r.open(c, o)
			r.fetch(s, c, have)
			r.settle(s)
			stored := 0
			for i := range c.info.Files {
				if c.info.Files[i].Pad {
					continue
				}
				stored++
				r.wantFile(s, c, i)
				if !slices.Contains(named, i) {
					t.Errorf("file %d was not told", i)
				}
			}
			for _, path := range tree(t, r.dir) {
				if strings.Contains(path, ".part") || strings.Contains(path, "pad") {
					t.Errorf("%s is there", path)
				}
			}
			if len(named) != stored {
				t.Errorf("told of %d files, want %d", len(named), stored)
			}
			if n := s.Need(); n != 0 {
				t.Errorf("need %d", n)
			}
			got := make([]byte, len(c.data))
			if err := s.ReadAt(got, 0); err != nil || !bytes.Equal(got, c.data) {
				t.Errorf("read back: %v", err)
			}
			clear(got)
			if err := s.ReadVec(slices.Collect(slicesChunk(got, 777)), 0); err != nil || !bytes.Equal(got, c.data) {
				t.Errorf("read back in parts: %v", err)
			}
			r.close(s)
			if n := r.pool.memory.Stats(); n.Free != n.Allocated {
				t.Errorf("blocks are missing: %+v", n)
			}

			// A second run finds all of it, by state and by hashing.
			for _, recheck := range []bool{false, true} {
				o := r.options()
				o.Recheck = recheck
				s, have = r.open(c, o)
				if count(have) != c.info.NumPieces() || !s.Complete() {
					t.Errorf("recheck %v: %d of %d pieces", recheck, count(have), c.info.NumPieces())
				}
				r.close(s)
			}
			ro, have := r.open(c, Options{Dir: r.dir, ReadOnly: true})
			if count(have) != c.info.NumPieces() || !ro.Complete() {
				t.Errorf("read-only: %d of %d pieces", count(have), c.info.NumPieces())
			}
		})
	}
}

func TestPartNames(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"a", 40_000}, entry{"d/b", 40_000})
	r := newRig(t)
	s, have := r.open(c, r.options())
	r.fetchSome(s, c, have, func(p int) bool { return p == 0 || p == 4 })
	want := []string{"n/", "n/a.part", "n/d/", "n/d/b.part"}
	if got := tree(t, r.dir); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if s.Complete() {
		t.Error("complete")
	}
	if got, want := s.Need(), int64(80_000-16<<10-(80_000-4*16<<10)); got < want {
		t.Errorf("need %d, want at least %d", got, want)
	}
}

func TestWrongHash(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"", 40_000})
	r := newRig(t)
	s, _ := r.open(c, r.options())
	bad := bytes.Clone(c.piece(1))
	bad[100] ^= 1
	done := make(chan Result)
	s.Write(1, r.blocks(bad), func(x Result) {
		if len(x.Blocks) != 1 || x.Blocks[0] == nil || x.Blocks[0][100] != bad[100] {
			t.Error("the blocks were not shown")
		}
		done <- x
	})
	if x := <-done; x.Good || x.Err != nil || x.Piece != 1 {
		t.Errorf("got %+v", x)
	}
	if got := snapshot(t, r.dir); len(got[r.dir+"/n.part"]) != 0 {
		t.Errorf("there is %v", got)
	}
	if x := r.write(s, 1, c.piece(1)); !x.Good || x.Err != nil {
		t.Errorf("got %+v", x)
	}
	if x := r.write(s, 0, make([]byte, 5)); x.Good || x.Err != nil {
		t.Errorf("got %+v", x)
	}
	s.Write(0, r.blocks(make([]byte, 40_000)), func(x Result) { x.Blocks = nil; done <- x })
	if x := <-done; x.Err == nil {
		t.Errorf("too many blocks: got %+v", x)
	}
}

func TestSelect(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"a", 20_000}, entry{"b", 50_000}, entry{"c", 10}, entry{"d", 30_000})
	tests := []struct {
		name               string
		sel                []bool
		wanted, unservable []int
	}{
		{"first", []bool{true, false, false, false}, []int{0, 1}, []int{1, 2, 3, 4, 5, 6}},
		{"middle", []bool{false, true, false, false}, []int{1, 2, 3, 4}, []int{0, 1, 4, 5, 6}},
		{"tiny", []bool{false, false, true, false}, []int{4}, []int{0, 1, 2, 3, 4, 5, 6}},
		{"ends", []bool{true, false, false, true}, []int{0, 1, 4, 5, 6}, []int{1, 2, 3, 4}},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			r := newRig(t)
			o := r.options()
			o.Select = x.sel
			s, have := r.open(c, o)
			var wanted, unservable []int
			for p := range c.info.NumPieces() {
				if s.Wanted(p) {
					wanted = append(wanted, p)
				}
				if !s.Servable(p) {
					unservable = append(unservable, p)
				}
			}
			if !slices.Equal(wanted, x.wanted) {
				t.Errorf("wanted: got %v, want %v", wanted, x.wanted)
			}
			if !slices.Equal(unservable, x.unservable) {
				t.Errorf("unservable: got %v, want %v", unservable, x.unservable)
			}
			r.fetch(s, c, have)
			r.settle(s)
			for i, sel := range x.sel {
				if sel {
					r.wantFile(s, c, i)
				}
			}
			// Of the others there is nothing: no file, no temporary file, no folder of theirs.
			for _, path := range tree(t, r.dir) {
				ours := path == "n/"
				for i, sel := range x.sel {
					rel, _ := filepath.Rel(r.dir, s.Path(i))
					ours = ours || sel && (path == rel || strings.HasSuffix(path, "/") && strings.HasPrefix(rel, path))
				}
				if !ours {
					t.Errorf("%s is there", path)
				}
			}
			r.close(s)
			// By the state all of it is known; without, what cannot be hashed has to come again.
			s, have = r.open(c, o)
			if count(have) != len(x.wanted) || !s.Complete() {
				t.Errorf("resumed with %d pieces, want %d", count(have), len(x.wanted))
			}
			r.close(s)
			o.Recheck = true
			s, have = r.open(c, o)
			r.fetch(s, c, have)
			r.settle(s)
			r.close(s)
			// More is selected later.
			s, have = r.open(c, r.options())
			r.fetch(s, c, have)
			r.settle(s)
			for i := range c.info.Files {
				r.wantFile(s, c, i)
			}
		})
	}
}

func TestNameOverride(t *testing.T) {
	single := makeContent(t, "n", 16<<10, entry{"", 40_000})
	multi := makeContent(t, "n", 16<<10, entry{"a", 40_000})
	for _, c := range []*content{single, multi} {
		r := newRig(t)
		o := r.options()
		o.Name = "other"
		s, have := r.open(c, o)
		r.fetch(s, c, have)
		r.settle(s)
		if _, err := os.Stat(filepath.Join(r.dir, "other")); err != nil {
			t.Error(err)
		}
		for _, name := range []string{"..", ".", "a/b", "/x", "a\x00b/.."} {
			o.Name = name
			if s, err := r.pool.Open(context.Background(), c.info, o); err == nil {
				t.Errorf("name %q was taken", name)
				s.Close(context.Background())
			}
		}
	}
}

func TestClosed(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"", 40_000})
	r := newRig(t)
	s, have := r.open(c, r.options())
	r.fetch(s, c, have)
	r.settle(s)
	r.close(s)
	if x := r.write(s, 0, c.piece(0)); !errors.Is(x.Err, ErrClosed) {
		t.Errorf("write: %v", x.Err)
	}
	if err := s.ReadAt(make([]byte, 5), 0); !errors.Is(err, ErrClosed) {
		t.Errorf("read: %v", err)
	}
	if err := s.Checkpoint(context.Background()); !errors.Is(err, ErrClosed) {
		t.Errorf("checkpoint: %v", err)
	}
	if err := s.Close(context.Background()); err != nil {
		t.Errorf("close: %v", err)
	}
}

// What is called back may call back in.
func TestCheckpointFromCallbacks(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"a", 40_000}, entry{"b", 40_000})
	r := newRig(t)
	var s *Storage
	o := r.options()
	o.OnFile = func(int) {
		if err := s.Checkpoint(context.Background()); err != nil {
			t.Error(err)
		}
		s.Complete()
	}
	s, have := r.open(c, o)
	var all sync.WaitGroup
	for p := range c.info.NumPieces() {
		if have.has(p) {
			continue
		}
		all.Add(1)
		s.Write(p, r.blocks(c.piece(p)), func(x Result) {
			if err := s.Checkpoint(context.Background()); err != nil || x.Err != nil {
				t.Error(err, x.Err)
			}
			s.Need()
			all.Done()
		})
	}
	all.Wait()
	r.settle(s)
}

// Nothing is allocated for a block, and little for a piece.
func TestWriteAllocations(t *testing.T) {
	const piece = 1 << 20
	c := makeContent(t, "n", piece, entry{"", 4 * piece})
	r := newRig(t)
	s, _ := r.open(c, r.options())
	bad := make([]*Block, piece/BlockSize)
	back := make(chan struct{})
	done := func(Result) { back <- struct{}{} }
	p := 0
	write := func(fill bool) {
		r.pool.memory.Blocks(bad)
		for i := range bad {
			if fill {
				copy(bad[i][:], c.piece(p)[i*BlockSize:])
			} else {
				clear(bad[i][:8])
			}
		}
		s.Write(p, bad, done)
		<-back
	}
	write(true)
	p = 1
	n := testing.AllocsPerRun(20, func() { write(false) })
	if n > 1 {
		t.Errorf("%v allocations for a piece that is wrong", n)
	}
	allocs := testing.AllocsPerRun(1, func() { p = 2; write(true) })
	if allocs > 4 {
		t.Errorf("%v allocations for a piece", allocs)
	}
}
