package disk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
)

func TestCheckProgress(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"a", 5 << 20}, entry{"pad:x", 1000}, entry{"b", 1 << 20})
	r := newRig(t)
	put(t, filepath.Join(r.dir, "n/a"), c.file(0))
	s, err := r.pool.Open(context.Background(), c.info, r.options())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(context.Background())
	last := int64(-1)
	_, err = s.Check(context.Background(), func(done, total int64) {
		if total != 6<<20 || done < last || done > total {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last = done
	})
	if err != nil || last != 6<<20 {
		t.Errorf("ended at %d, %v", last, err)
	}
}

func TestCheckCancelled(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"", 20 << 20})
	r := newRig(t)
	put(t, filepath.Join(r.dir, "n"), c.data)
	ctx, cancel := context.WithCancel(context.Background())
	s, err := r.pool.Open(ctx, c.info, r.options())
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := s.Check(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := s.Close(context.Background()); err != nil {
		t.Error(err)
	}
	// And in the middle of it.
	ctx, cancel = context.WithCancel(context.Background())
	s, err = r.pool.Open(ctx, c.info, r.options())
	if err != nil {
		t.Fatal(err)
	}
	run := &check{s: s, good: newBitmap(c.info.NumPieces()), ended: make(chan struct{})}
	if err := run.plan(ctx); err != nil {
		t.Fatal(err)
	}
	go cancel()
	if err := run.run(ctx, func(int64, int64) {}); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	r.pool.mu.Lock()
	if len(r.pool.checks) != 0 || run.flying != 0 {
		t.Errorf("%d checks, %d pieces are still there", len(r.pool.checks), run.flying)
	}
	r.pool.mu.Unlock()
	r.close(s)
}

func TestOpenCancelled(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"", 50_000})
	r := newRig(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.pool.Open(ctx, c.info, r.options()); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	s, _ := r.open(c, r.options()) // nothing is left locked
	r.close(s)
}

// Several storages at once, written, read, checkpointed and closed by many.
func TestManyAtOnce(t *testing.T) {
	r := newRig(t)
	var all sync.WaitGroup
	for n := range 6 {
		var entries []entry
		for i := range 20 {
			entries = append(entries, entry{fmt.Sprintf("d%d/f%d", i%3, i), 7000 * i % 50_000})
		}
		c := makeContent(t, fmt.Sprint("n", n), 32<<10, entries...)
		all.Go(func() {
			s, _ := r.open(c, r.options())
			random := rand.New(rand.NewPCG(uint64(n), 2))
			var mu sync.Mutex
			var on []int
			var writes, reads sync.WaitGroup
			end := make(chan struct{})
			for range 3 {
				reads.Go(func() {
					for {
						select {
						case <-end:
							return
						default:
						}
						mu.Lock()
						p := -1
						if len(on) > 0 {
							p = on[len(on)/2]
						}
						mu.Unlock()
						if p < 0 {
							continue
						}
						got := make([]byte, c.info.PieceSize(p))
						if err := s.ReadAt(got, int64(p)*c.info.PieceLength); err != nil || !bytes.Equal(got, c.piece(p)) {
							t.Errorf("piece %d: %v", p, err)
						}
					}
				})
			}
			for i, p := range random.Perm(c.info.NumPieces()) {
				writes.Add(1)
				s.Write(p, r.blocks(c.piece(p)), func(x Result) {
					if x.Err != nil || !x.Good {
						t.Error(x)
					}
					mu.Lock()
					on = append(on, x.Piece)
					mu.Unlock()
					writes.Done()
				})
				if i%5 == 0 {
					if err := s.Checkpoint(context.Background()); err != nil {
						t.Error(err)
					}
				}
			}
			writes.Wait()
			close(end)
			reads.Wait()
			r.settle(s)
			for i := range c.info.Files {
				r.wantFile(s, c, i)
			}
			r.close(s)
		})
	}
	all.Wait()
}

// Closing while pieces are on their way: what was handed in is written, or refused, but never lost track of.
func TestCloseInFlight(t *testing.T) {
	c := makeContent(t, "n", 16<<10, entry{"a", 400_000}, entry{"b", 400_000})
	for range 20 {
		r := newRig(t)
		s, _ := r.open(c, r.options())
		var all sync.WaitGroup
		good := newBitmap(c.info.NumPieces())
		var mu sync.Mutex
		for p := range c.info.NumPieces() {
			all.Add(1)
			if p == 30 {
				go s.Close(context.Background())
			}
			s.Write(p, r.blocks(c.piece(p)), func(x Result) {
				if x.Err == nil {
					mu.Lock()
					good.set(x.Piece)
					mu.Unlock()
				} else if !errors.Is(x.Err, ErrClosed) {
					t.Error(x.Err)
				}
				all.Done()
			})
		}
		all.Wait()
		r.settleNamed(s)
		for { // closing goes on in the background
			s, err := r.pool.Open(context.Background(), c.info, r.options())
			if errors.Is(err, ErrLocked) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			have, err := s.Check(context.Background(), nil)
			if err != nil {
				t.Fatal(err)
			}
			for p := range c.info.NumPieces() {
				if good.has(p) != bitmap(have).has(p) {
					t.Errorf("piece %d: written %v, found %v", p, good.has(p), bitmap(have).has(p))
				}
			}
			r.close(s)
			break
		}
		if n := r.pool.memory.Stats(); n.Free != n.Allocated {
			t.Errorf("blocks are missing: %+v", n)
		}
	}
}
