package disk

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestMemoryBudget(t *testing.T) {
	m := NewMemory(100)
	if !m.Reserve(1000) {
		t.Fatal("one piece larger than the budget has to be possible")
	}
	if m.Reserve(1) {
		t.Fatal("beyond the budget")
	}
	m.Release(1000)
	if !m.Reserve(60) || !m.Reserve(40) || m.Reserve(1) {
		t.Fatal("what fits is granted, and no more")
	}
	if NewMemory(0).Stats().Budget != 256<<20 {
		t.Fatal("default budget")
	}
}

func TestMemoryNotify(t *testing.T) {
	m := NewMemory(100)
	var told int
	cancel := m.Notify(func() {
		told++
		m.Stats() // no lock is held
	})
	m.Reserve(50)
	m.Reserve(50)
	m.Release(50)
	if told != 0 {
		t.Fatal("told although nobody was refused")
	}
	m.Reserve(50)
	if m.Reserve(10) {
		t.Fatal("beyond the budget")
	}
	m.Release(20)
	if told != 0 {
		t.Fatal("told with 80 of 100 reserved")
	}
	m.Release(10)
	if told != 1 {
		t.Fatalf("told %d times", told)
	}
	m.Release(10)
	if told != 1 {
		t.Fatal("told again")
	}
	m.Reserve(40)
	m.Reserve(1)
	m.Reserve(1000)
	cancel()
	m.Release(100)
	if told != 1 {
		t.Fatal("told after cancel")
	}
}

func TestBlocksAreDistinct(t *testing.T) {
	m := NewMemory(0)
	a, b := make([]*Block, 40), make([]*Block, 7)
	m.Blocks(a)
	m.Blocks(b)
	seen := make(map[*Block]bool)
	for _, k := range append(a, b...) {
		if k == nil || seen[k] {
			t.Fatal("nil, or handed out twice")
		}
		seen[k] = true
	}
	a[3], a[5] = nil, nil
	m.Recycle(a)
	for _, k := range a {
		if k != nil {
			t.Fatal("kept after recycling")
		}
	}
	if got := m.Stats(); got.Free != (48-7-2)*BlockSize || got.Allocated != 48*BlockSize {
		t.Fatalf("%+v", got)
	}
}

func TestTrim(t *testing.T) {
	m := NewMemory(0)
	random := rand.New(rand.NewPCG(3, 4))
	var out []*Block
	for range 200 {
		for range random.IntN(100) {
			b := make([]*Block, 1+random.IntN(20))
			m.Blocks(b)
			out = append(out, b...)
		}
		random.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
		n := random.IntN(len(out) + 1)
		m.Recycle(out[:n])
		out = out[n:]
		m.Trim()
		if got := m.Stats(); got.Allocated-got.Free != int64(len(out))*BlockSize {
			t.Fatalf("%d blocks are out, stats %+v", len(out), got)
		}
	}
	m.Recycle(out)
	m.Trim()
	m.Trim()
	if got := m.Stats(); got.Allocated != 0 || got.Free != 0 {
		t.Fatalf("after all came back: %+v", got)
	}
}

// Blocks that were in use lately are kept.
func TestTrimKeepsWhatIsUsed(t *testing.T) {
	m := NewMemory(0)
	b := make([]*Block, 64)
	for range 5 {
		m.Blocks(b)
		m.Recycle(b)
		m.Trim()
	}
	if got := m.Stats(); got.Allocated != 64*BlockSize {
		t.Fatalf("%+v", got)
	}
}

// BenchmarkBlocks takes and gives back the blocks of a piece of 1 MiB.
func BenchmarkBlocks(b *testing.B) {
	m := NewMemory(0)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		bs := make([]*Block, 64)
		for pb.Next() {
			m.Blocks(bs)
			m.Recycle(bs)
		}
	})
}

// A disk that takes 20 ms a write does not make memory grow: readers wait.
func TestSlowDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const piece = 256 << 10
		c := makeContent(t, "n", piece, entry{"", 64 * piece})
		base := fastDir(t)
		memory := NewMemory(8 * piece)
		slow := func(op Op, _ string) error {
			if op == OpWrite {
				time.Sleep(20 * time.Millisecond)
			}
			return nil
		}
		r := newRigAt(t, base+"/d", base+"/s", PoolOptions{Memory: memory, Observer: slow})
		defer r.pool.Close()
		s, _ := r.open(c, r.options())
		begin := time.Now()
		r.slowFetch(s, c, 4)
		r.settle(s)
		if d := time.Since(begin); d < 64*20*time.Millisecond || d > 3*64*20*time.Millisecond {
			t.Errorf("it took %v", d)
		}
		if got := memory.Stats(); got.Allocated > 9*piece {
			t.Errorf("%d bytes for a budget of %d", got.Allocated, 8*piece)
		}
		r.close(s)
	})
}

// slowFetch is what readers do: reserve, or wait until there is room; then blocks come one by one.
func (r *rig) slowFetch(s *Storage, c *content, readers int) {
	room := make(chan struct{}, readers)
	defer r.pool.memory.Notify(func() {
		for range readers {
			select {
			case room <- struct{}{}:
			default:
			}
		}
	})()
	var next atomic.Int64
	var all sync.WaitGroup
	for range readers {
		all.Go(func() {
			for p := int(next.Add(1) - 1); p < c.info.NumPieces(); p = int(next.Add(1) - 1) {
				n := c.info.PieceSize(p)
				for !r.pool.memory.Reserve(n) {
					<-room
				}
				data := c.piece(p)
				bs := make([]*Block, (n+BlockSize-1)/BlockSize)
				for i := range bs {
					r.pool.memory.Blocks(bs[i : i+1])
					copy(bs[i][:], data[i*BlockSize:])
				}
				all.Add(1)
				s.Write(p, bs, func(x Result) {
					r.pool.memory.Release(n)
					if x.Err != nil || !x.Good {
						r.t.Error(x)
					}
					all.Done()
				})
			}
		})
	}
	all.Wait()
}

// While one storage waits for its disk, others go on.
func TestSlowDiskAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const piece = 64 << 10
		slow := makeContent(t, "slow", piece, entry{"", 64 * piece})
		quick := makeContent(t, "quick", piece, entry{"", 64 * piece})
		base := fastDir(t)
		gate := make(chan struct{})
		r := newRigAt(t, base+"/d", base+"/s", PoolOptions{Workers: runtime.GOMAXPROCS(0), Observer: func(op Op, path string) error {
			if op == OpWrite && path[len(path)-9:] == "slow.part" {
				<-gate
			}
			return nil
		}})
		defer r.pool.Close()
		s, _ := r.open(slow, r.options())
		q, have := r.open(quick, r.options())
		var all sync.WaitGroup
		for p := range slow.info.NumPieces() {
			all.Add(1)
			s.Write(p, r.blocks(slow.piece(p)), func(Result) { all.Done() })
		}
		synctest.Wait()
		r.fetch(q, quick, have)
		r.settle(q)
		r.close(q)
		close(gate)
		all.Wait()
		r.settle(s)
		r.close(s)
	})
}
