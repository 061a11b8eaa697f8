package disk

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

var errKilled = errors.New("killed")

func killContent(t testing.TB) *content {
	return makeContent(t, "n", 16<<10, entry{"a", 50_000}, entry{"e", 0}, entry{"b", 16_000}, entry{"d/x", 10}, entry{"d/y", 10},
		entry{"d/z", 70_000}, entry{"q/r/s", 30_000})
}

// work is a download with checkpoints in between; it ends wherever the disk does.
func (r *rig) work(t *testing.T, c *content, o Options, checkpoint func(*Storage)) *Storage {
	s, err := r.pool.Open(context.Background(), c.info, o)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Check(context.Background(), nil)
	if err != nil {
		return s
	}
	have := bitmap(got)
	for half := range 2 {
		var all sync.WaitGroup
		for p := range c.info.NumPieces() {
			if (p*7/5)%2 == half && !have.has(p) {
				all.Add(1)
				s.Write(p, r.blocks(c.piece(p)), func(x Result) { x.Blocks = nil; all.Done() })
			}
			if p == 5 {
				checkpoint(s)
			}
		}
		all.Wait()
		checkpoint(s)
	}
	r.settleNamed(s)
	return s
}

// finalsRight fails where a file under its final name does not hold what it should.
func (r *rig) finalsRight(c *content) {
	r.t.Helper()
	for i := range c.info.Files {
		path := filepath.Join(append([]string{r.dir, "n"}, c.info.Files[i].Path...)...)
		if got, err := os.ReadFile(path); err == nil && !bytes.Equal(got, c.file(i)) {
			r.t.Errorf("%s has its final name, but wrong content", path)
		}
	}
}

// haveRight fails where a piece is claimed that is not on disk.
func (r *rig) haveRight(s *Storage, c *content, have bitmap) {
	r.t.Helper()
	for p := range c.info.NumPieces() {
		if !have.has(p) {
			continue
		}
		got := make([]byte, c.info.PieceSize(p))
		if err := s.ReadAt(got, int64(p)*c.info.PieceLength); err != nil || !bytes.Equal(got, c.piece(p)) {
			r.t.Errorf("piece %d is claimed, but wrong: %v", p, err)
		}
	}
}

// A process that is killed before any one of its calls leaves nothing wrong behind, and the next run completes.
func TestKillAtEveryCall(t *testing.T) {
	c := killContent(t)
	var ops int
	for n := 1; ; n++ {
		var mu sync.Mutex
		calls, killed := 0, false
		base := fastDir(t)
		r := newRigAt(t, base+"/d", base+"/s", PoolOptions{Observer: func(Op, string) error {
			mu.Lock()
			defer mu.Unlock()
			calls++
			if killed = killed || calls == n; killed {
				return errKilled
			}
			return nil
		}})
		s := r.work(t, c, r.options(), func(s *Storage) { s.Checkpoint(context.Background()) })
		s.Close(context.Background())
		r.finalsRight(c)
		if !killed {
			ops = n
			break
		}
		mu.Lock()
		calls, killed = math.MinInt, false
		mu.Unlock()
		s, have := r.open(c, r.options())
		r.haveRight(s, c, have)
		r.fetch(s, c, have)
		r.settle(s)
		r.finalsRight(c)
		r.close(s)
		for _, path := range tree(t, base) {
			if strings.HasSuffix(path, partSuffix) || strings.HasSuffix(path, ".tmp") {
				t.Errorf("killed before call %d: %s is left", n, path)
			}
		}
		os.RemoveAll(base)
	}
	t.Logf("killed before each of %d calls: all completed and right", ops-1)
	if ops < 30 {
		t.Errorf("only %d calls", ops)
	}
}

// Every call that fails is said with the right kind, nothing wrong is left, and the next run completes.
func TestFaultAtEveryOp(t *testing.T) {
	c := killContent(t)
	ops := map[Op]Kind{
		OpMakeFolder: Mkdir, OpCreate: Create, OpWrite: IO, OpSync: IO, OpRename: Create, OpSyncFolder: IO,
		OpStateWrite: IO, OpStateSync: IO, OpStateRename: Create,
	}
	causes := map[error]Kind{syscall.EIO: 0, syscall.EACCES: 0, syscall.ENOSPC: Full, syscall.EDQUOT: Full}
	for op, kind := range ops {
		for cause, override := range causes {
			want := kind
			if override != 0 {
				want = override
			}
			var mu sync.Mutex
			var said []error
			note := func(err error) {
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					said = append(said, err)
				}
			}
			broken := true
			base := fastDir(t)
			r := newRigAt(t, base+"/d", base+"/s", PoolOptions{Observer: func(o Op, _ string) error {
				mu.Lock()
				defer mu.Unlock()
				if broken && o == op {
					return cause
				}
				return nil
			}})
			o := r.options()
			o.OnError = note
			s, err := r.pool.Open(context.Background(), c.info, o)
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Check(context.Background(), nil)
			note(err)
			for p := range c.info.NumPieces() {
				note(r.write(s, p, c.piece(p)).Err)
			}
			note(s.Checkpoint(context.Background()))
			r.settleNamed(s)
			note(s.Close(context.Background()))
			if len(said) == 0 {
				t.Errorf("op %d, %v: nothing was said", op, cause)
			}
			for _, err := range said {
				var e *Error
				if !errors.As(err, &e) || e.Kind != want || !errors.Is(err, cause) {
					t.Errorf("op %d, %v: %v", op, cause, err)
				}
			}
			r.finalsRight(c)
			mu.Lock()
			broken = false
			mu.Unlock()
			s, have := r.open(c, r.options())
			r.haveRight(s, c, have)
			r.fetch(s, c, have)
			r.settle(s)
			r.finalsRight(c)
			r.close(s)
		}
	}
}

// When space returns, the same storage goes on: a piece that could not be written is handed in again, and files that could not
// be named are named.
func TestSpaceReturns(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"a", 50_000}, entry{"b", 16_000})
	for _, op := range []Op{OpCreate, OpWrite, OpRename, OpStateWrite} {
		r := newRig(t)
		var mu sync.Mutex
		full := true
		r.pool.observe = func(o Op, _ string) error {
			mu.Lock()
			defer mu.Unlock()
			if full && o == op {
				return syscall.ENOSPC
			}
			return nil
		}
		var said []error
		o := r.options()
		o.OnError = func(err error) { said = append(said, err) }
		s, _ := r.open(c, o)
		for p := range c.info.NumPieces() {
			if err := r.write(s, p, c.piece(p)).Err; err != nil {
				said = append(said, err)
			}
		}
		r.settleNamed(s)
		if err := s.Checkpoint(context.Background()); err != nil {
			said = append(said, err)
		}
		for _, err := range said {
			var e *Error
			if !errors.As(err, &e) || e.Kind != Full {
				t.Errorf("op %d: %v", op, err)
			}
		}
		if len(said) == 0 {
			t.Errorf("op %d: nothing was said", op)
		}
		mu.Lock()
		full = false
		mu.Unlock()
		if err := s.Retry(); err != nil {
			t.Error(err)
		}
		for p := range c.info.NumPieces() {
			if x := r.write(s, p, c.piece(p)); x.Err != nil {
				t.Error(x.Err)
			}
		}
		r.settle(s)
		r.finalsRight(c)
		if free, err := s.Free(); err != nil || free <= 0 {
			t.Errorf("free %d, %v", free, err)
		}
		if err := s.Checkpoint(context.Background()); err != nil {
			t.Error(err)
		}
	}
}

// After a failed sync there is no going on.
func TestNoRetryInDoubt(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"", 50_000})
	r := newRig(t)
	r.pool.observe = func(op Op, _ string) error {
		if op == OpSync {
			return syscall.EIO
		}
		return nil
	}
	s, have := r.open(c, r.options())
	r.fetchSome(s, c, have, even)
	if err := s.Checkpoint(context.Background()); !errors.Is(err, syscall.EIO) {
		t.Error(err)
	}
	if err := s.Retry(); !errors.Is(err, syscall.EIO) {
		t.Error(err)
	}
	if x := r.write(s, 1, c.piece(1)); !errors.Is(x.Err, syscall.EIO) {
		t.Error(x)
	}
}
