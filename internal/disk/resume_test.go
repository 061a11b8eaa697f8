package disk

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func resumeContent(t testing.TB) *content {
	return makeContent(t, "n", 16<<10, entry{"a", 100_000}, entry{"b", 3}, entry{"empty", 0}, entry{"c/d", 200_000})
}

func even(p int) bool { return p%2 == 0 }

// hashed counts the bytes that a check hashes: all that it does not believe.
func (r *rig) hashed(c *content, o Options) (s *Storage, have bitmap, hashed int) {
	r.t.Helper()
	s, err := r.pool.Open(context.Background(), c.info, o)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { s.Close(context.Background()) })
	run := &check{s: s, good: newBitmap(c.info.NumPieces()), ended: make(chan struct{})}
	if err := run.plan(context.Background()); err != nil {
		r.t.Fatal(err)
	}
	have, err = s.Check(context.Background(), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return s, have, len(run.todo)
}

func TestResumeAfterClose(t *testing.T) {
	c := resumeContent(t)
	r := newRig(t)
	s, have := r.open(c, r.options())
	r.fetchSome(s, c, have, even)
	s.SetTotals(123, 456)
	r.close(s)
	s, have, hashed := r.hashed(c, r.options())
	if hashed != 0 {
		t.Errorf("%d pieces were hashed", hashed)
	}
	if up, down := s.Totals(); up != 123 || down != 456 {
		t.Errorf("totals %d, %d", up, down)
	}
	for p := range c.info.NumPieces() {
		if have.has(p) != even(p) {
			t.Errorf("piece %d: have %v", p, have.has(p))
		}
	}
	r.fetch(s, c, have)
	r.settle(s)
	for i := range c.info.Files {
		r.wantFile(s, c, i)
	}
}

func TestResumeAfterKill(t *testing.T) {
	for _, checkpointed := range []bool{false, true} {
		c := resumeContent(t)
		r := newRig(t)
		s, have := r.open(c, r.options())
		r.fetchSome(s, c, have, func(p int) bool { return even(p) && p < 10 })
		if checkpointed {
			if err := s.Checkpoint(context.Background()); err != nil {
				t.Fatal(err)
			}
			age(t, filepath.Join(r.dir, "n", "a.part"))
			r.fetchSome(s, c, have, func(p int) bool { return even(p) && p >= 10 })
		} else {
			r.fetchSome(s, c, have, even)
		}
		r.abandon(s)
		s, have, hashed := r.hashed(c, r.options())
		if hashed == 0 {
			t.Error("nothing was hashed")
		}
		for p := range c.info.NumPieces() {
			if have.has(p) != even(p) {
				t.Errorf("checkpoint %v: piece %d: have %v", checkpointed, p, have.has(p))
			}
		}
		r.fetch(s, c, have)
		r.settle(s)
		for i := range c.info.Files {
			r.wantFile(s, c, i)
		}
		r.close(s)
	}
}

// Nothing but the file in progress has to be hashed after a kill.
func TestKillCostsOneFile(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"a", 160 << 10}, entry{"b", 160 << 10}, entry{"c", 160 << 10})
	r := newRig(t)
	s, have := r.open(c, r.options())
	r.fetchSome(s, c, have, func(p int) bool { return p < 15 })
	if err := s.Checkpoint(context.Background()); err != nil {
		t.Fatal(err)
	}
	age(t, filepath.Join(r.dir, "n", "b.part"))
	r.fetchSome(s, c, have, func(p int) bool { return p == 15 })
	r.abandon(s)
	_, have, hashed := r.hashed(c, r.options())
	if hashed != 6 || count(have) != 16 {
		t.Errorf("hashed %d, have %d", hashed, count(have))
	}
}

// A piece on the state's word is not believed if a file was touched.
func TestTouchedFiles(t *testing.T) {
	c := resumeContent(t)
	change := map[string]func(path string){
		"byte changed": func(path string) {
			b, _ := os.ReadFile(path)
			b[5] ^= 1
			put(t, path, b)
		},
		"truncated": func(path string) { os.Truncate(path, 40_000) },
		"emptied":   func(path string) { os.Truncate(path, 0) },
		"removed":   func(path string) { os.Remove(path) },
		"replaced": func(path string) {
			fi, _ := os.Stat(path)
			os.Remove(path)
			put(t, path, make([]byte, fi.Size()))
			os.Chtimes(path, fi.ModTime(), fi.ModTime())
		},
		"extended": func(path string) { os.Truncate(path, 500_000) },
	}
	for name, f := range change {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			s, have := r.open(c, r.options())
			r.fetchSome(s, c, have, func(p int) bool { return p != 3 })
			r.settleNamed(s)
			r.close(s)
			path := filepath.Join(r.dir, "n", "a.part")
			if _, err := os.Stat(path); err != nil {
				t.Fatal(err)
			}
			f(path)
			s, have = r.open(c, r.options())
			r.fetch(s, c, have)
			r.settle(s)
			for i := range c.info.Files {
				r.wantFile(s, c, i)
			}
		})
	}
}

// settleNamed waits until nothing is on its way.
func (r *rig) settleNamed(s *Storage) {
	s.mu.Lock()
	for s.finishing || s.jobs > 0 {
		s.idle.Wait()
	}
	s.mu.Unlock()
}

func TestBrokenState(t *testing.T) {
	c := resumeContent(t)
	r := newRig(t)
	s, have := r.open(c, r.options())
	r.fetchSome(s, c, have, even)
	path := s.state.path(resumeSuffix)
	r.close(s)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	broken := [][]byte{nil, []byte("x"), make([]byte, 10_000), bytes.Repeat([]byte{255}, 500), append(slices.Clone(good), 0)}
	for i := range good {
		b := slices.Clone(good)
		b[i] ^= 1 << (i % 8)
		broken = append(broken, b, good[:i])
	}
	other := makeContent(t, "n", 16<<10, entry{"a", 100_001}, entry{"b", 3}, entry{"empty", 0}, entry{"c/d", 200_000})
	broken = append(broken, encodeState(other.info, s.target(), &state{have: newBitmap(other.info.NumPieces())}))
	broken = append(broken, encodeState(c.info, "/elsewhere", &state{have: newBitmap(c.info.NumPieces())}))
	for n, b := range broken {
		put(t, path, b)
		s, have, hashed := r.hashed(c, r.options())
		if hashed == 0 {
			t.Fatalf("state %d: nothing was hashed", n)
		}
		for p := range c.info.NumPieces() {
			if have.has(p) != even(p) {
				t.Fatalf("state %d: piece %d: have %v", n, p, have.has(p))
			}
		}
		r.abandon(s)
	}
}

// A state that claims more than there is does no harm.
func TestLyingState(t *testing.T) {
	c := resumeContent(t)
	r := newRig(t)
	s, have := r.open(c, r.options())
	r.fetchSome(s, c, have, even)
	path := s.state.path(resumeSuffix)
	r.close(s)
	all := newBitmap(c.info.NumPieces())
	for p := range c.info.NumPieces() {
		all.set(p)
	}
	lies := map[string]*state{
		"all pieces, no files": {have: all},
		"all pieces, zero records": {have: all, records: []fileRecord{
			{0, record{}}, {1, record{}}, {2, record{}}, {3, record{}},
		}},
	}
	for name, st := range lies {
		put(t, path, encodeState(c.info, s.target(), st))
		s, have := r.open(c, r.options())
		for p := range c.info.NumPieces() {
			if have.has(p) != even(p) {
				t.Errorf("%s: piece %d: have %v", name, p, have.has(p))
			}
		}
		r.abandon(s)
	}
}

func FuzzDecodeState(f *testing.F) {
	c := resumeContent(f)
	st := &state{have: newBitmap(c.info.NumPieces()), uploaded: 5, downloaded: 7}
	st.have.set(3)
	st.records = []fileRecord{{0, record{5, -6, 7}}, {3, record{1 << 40, 1, 1 << 63}}}
	f.Add(encodeState(c.info, "/x", st), false)
	f.Fuzz(func(t *testing.T, b []byte, sign bool) {
		if sign { // so that more than the checksum is tried
			b = signState(append(stateHeader(c.info, "/x"), b...))
		}
		st, err := decodeState(c.info, "/x", b)
		if err != nil {
			return
		}
		again, err := decodeState(c.info, "/x", encodeState(c.info, "/x", st))
		if err != nil || !slices.Equal(again.have, st.have) || !slices.Equal(again.records, st.records) {
			t.Fatalf("%+v became %+v, %v", st, again, err)
		}
	})
}

// Without any state, what lies under a temporary name is taken if it holds something of the torrent.
func TestStateless(t *testing.T) {
	c := resumeContent(t)
	r := newRig(t)
	o := Options{Dir: r.dir}
	s, have := r.open(c, o)
	r.fetchSome(s, c, have, even)
	r.abandon(s)
	s, have = r.open(c, o)
	if count(have) != (c.info.NumPieces()+1)/2 {
		t.Errorf("have %d", count(have))
	}
	r.fetch(s, c, have)
	r.settle(s)
	r.close(s)
	for _, path := range tree(t, r.dir) {
		if strings.HasSuffix(path, partSuffix) {
			t.Errorf("left behind: %s", path)
		}
	}
	if got := tree(t, r.state); len(got) != 0 {
		t.Errorf("state: %v", got)
	}
}

func TestStateFolder(t *testing.T) {
	c := resumeContent(t)
	r := newRig(t)
	s, have := r.open(c, r.options())
	r.fetch(s, c, have)
	r.settle(s)
	r.close(s)
	fi, err := os.Stat(s.state.path(resumeSuffix))
	if err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("state file: %v, %v", fi, err)
	}
	if fi, err := os.Stat(r.state); err != nil || fi.Mode().Perm() != 0o700 {
		t.Errorf("state folder: %v, %v", fi, err)
	}
	if got := tree(t, r.state); len(got) != 1 {
		t.Errorf("left: %v", got)
	}
	s, _ = r.open(c, r.options())
	s.Forget()
	r.close(s)
	if got := tree(t, r.state); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
}

func TestHoles(t *testing.T) {
	// A file with zeros in it, most of which is not on disk yet.
	c := makeContent(t, "n", 64<<10, entry{"a", 1 << 20}, entry{"pad:x", 64 << 10}, entry{"b", 1 << 20})
	r := newRig(t)
	s, have := r.open(c, r.options())
	r.fetchSome(s, c, have, func(p int) bool { return p == 2 || p == 9 || p == 15 })
	r.abandon(s)
	_, have, hashed := r.hashed(c, r.options())
	if count(have) != 3+1 { // the piece of padding is always there
		t.Errorf("have %d", count(have))
	}
	if hashed > 8 && runtime.GOOS == "linux" {
		t.Errorf("%d pieces were hashed", hashed)
	}
}

func TestZeroPieces(t *testing.T) {
	zero := makeContentOf(t, "n", 64<<10, make([]byte, 640<<10), entry{"", 640 << 10})
	r := newRig(t)
	path := filepath.Join(r.dir, "n.part")
	put(t, path, nil)
	os.Truncate(path, 640<<10)
	s, have := r.open(zero, r.options())
	if count(have) != 10 {
		t.Errorf("have %d", count(have))
	}
	r.settle(s)
	r.wantFile(s, zero, 0)
}

func TestRandomOrderKills(t *testing.T) {
	c := resumeContent(t)
	r := newRig(t)
	random := rand.New(rand.NewPCG(1, 2))
	for round := 0; ; round++ {
		s, have := r.open(c, r.options())
		if s.Complete() || round > 200 {
			r.settle(s)
			r.close(s)
			break
		}
		n := 0
		for _, p := range random.Perm(c.info.NumPieces()) {
			if !have.has(p) && n < 2 {
				n++
				if x := r.write(s, p, c.piece(p)); x.Err != nil {
					t.Fatal(x.Err)
				}
			}
		}
		if random.IntN(3) == 0 {
			if err := s.Checkpoint(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		r.abandon(s)
	}
	s, _ := r.open(c, r.options())
	for i := range c.info.Files {
		r.wantFile(s, c, i)
	}
}
