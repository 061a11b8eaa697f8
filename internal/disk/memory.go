package disk

import (
	"slices"
	"sync"
	"unsafe"
)

// BlockSize is the size of a block in bytes (BEP 3: the unit that peers ask for).
const BlockSize = 1 << 14

// Block is the buffer of one block. It is an alias so that other packages can use the same type
// without importing this one.
type Block = [BlockSize]byte

const (
	defaultBudget = 256 << 20
	slabBlocks    = 16 // blocks allocated at once
)

type slab = [slabBlocks]Block

// Memory is the one budget for blocks of the process. Pieces reserve when they are opened, and release when
// they are done with; blocks are handed out from a free list. The two are counted apart on purpose: a reservation
// bounds what may come, and a block costs memory only when data is there for it.
type Memory struct {
	budget int64

	mu       sync.Mutex
	reserved int64
	starved  bool // a Reserve failed and nobody was told of room since
	waiters  map[int]func()
	nextID   int

	free  []*Block
	idle  int // the fewest free blocks since the last Trim
	slabs []*slab
}

// MemoryStats is a snapshot of a Memory, in bytes.
type MemoryStats struct {
	Budget    int64
	Reserved  int64
	Allocated int64 // held from the runtime, free or in use
	Free      int64 // of that, free
}

// NewMemory makes a budget of so many bytes; 0 means 256 MiB.
func NewMemory(budget int64) *Memory {
	if budget <= 0 {
		budget = defaultBudget
	}
	return &Memory{budget: budget, waiters: make(map[int]func())}
}

// Blocks fills every element of dst with a block of undefined content. It never waits.
func (m *Memory) Blocks(dst []*Block) {
	if len(dst) == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.free) < len(dst) {
		m.grow()
	}
	n := len(m.free) - len(dst)
	copy(dst, m.free[n:])
	clear(m.free[n:])
	m.free = m.free[:n]
	m.idle = min(m.idle, n)
}

func (m *Memory) grow() {
	s := new(slab)
	m.slabs = append(m.slabs, s)
	for i := range s {
		m.free = append(m.free, &s[i])
	}
}

// Recycle takes blocks back and sets the elements to nil; nil elements are skipped. A block must not be
// given back twice.
func (m *Memory) Recycle(bs []*Block) {
	if len(bs) == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, b := range bs {
		if b != nil {
			m.free = append(m.free, b)
			bs[i] = nil
		}
	}
}

// Reserve asks for n bytes of the budget. It is granted when they fit, or when nothing at all is reserved, so
// that one piece larger than the budget remains possible. After a refusal, Notify tells of room.
func (m *Memory) Reserve(n int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reserved > 0 && m.reserved+n > m.budget {
		m.starved = true
		return false
	}
	m.reserved += n
	return true
}

// Release gives a reservation back. When somebody was refused and less than three quarters of the budget
// are reserved, those who asked by Notify are told.
func (m *Memory) Release(n int64) {
	m.mu.Lock()
	m.reserved = max(0, m.reserved-n)
	var wake []func()
	if m.starved && (m.reserved == 0 || m.reserved < m.budget/4*3) {
		m.starved = false
		for _, f := range m.waiters {
			wake = append(wake, f)
		}
	}
	m.mu.Unlock()
	for _, f := range wake {
		f()
	}
}

// Notify has f called, without locks held, when room came free after a Reserve had failed. f runs on the
// goroutine that released and should not take long. Call cancel to end it; one call may still be
// under way then.
func (m *Memory) Notify(f func()) (cancel func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id := m.nextID
	m.nextID++
	m.waiters[id] = f
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.waiters, id)
	}
}

// Trim gives blocks that lay free since the last call back to the runtime, as far as they make up whole
// slabs. The session calls it now and again.
func (m *Memory) Trim() {
	m.mu.Lock()
	defer m.mu.Unlock()
	idle := min(m.idle, len(m.free))
	if idle >= slabBlocks {
		m.dropSlabs(idle / slabBlocks)
	}
	m.idle = len(m.free)
}

// dropSlabs forgets at most n slabs whose blocks are all free. The rest of the free list is left in an order that
// hands out blocks of the fullest slabs first, so that the others drain.
func (m *Memory) dropSlabs(n int) {
	address := func(s *slab) uintptr { return uintptr(unsafe.Pointer(s)) }
	slices.SortFunc(m.slabs, func(a, b *slab) int {
		if address(a) < address(b) {
			return -1
		}
		return 1
	})
	home := make([]int, len(m.free)) // the slab of each free block
	count := make([]int, len(m.slabs))
	for i, b := range m.free {
		at := uintptr(unsafe.Pointer(b))
		s, found := slices.BinarySearchFunc(m.slabs, at, func(s *slab, at uintptr) int {
			switch a := address(s); {
			case a < at:
				return -1
			case a > at:
				return 1
			}
			return 0
		})
		if !found {
			s--
		}
		home[i] = s
		count[s]++
	}
	drop := make([]bool, len(m.slabs))
	for s, c := range count {
		if c == slabBlocks && n > 0 {
			drop[s] = true
			n--
		}
	}
	var emptiest, fuller []*Block
	for i, b := range m.free {
		switch s := home[i]; {
		case drop[s]:
		case count[s] == slabBlocks:
			emptiest = append(emptiest, b)
		default:
			fuller = append(fuller, b)
		}
	}
	m.free = append(emptiest, fuller...)
	kept := m.slabs[:0]
	for s, x := range m.slabs {
		if !drop[s] {
			kept = append(kept, x)
		}
	}
	clear(m.slabs[len(kept):])
	m.slabs = kept
}

// Stats tells how the memory stands.
func (m *Memory) Stats() MemoryStats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return MemoryStats{
		Budget:    m.budget,
		Reserved:  m.reserved,
		Allocated: int64(len(m.slabs)) * slabBlocks * BlockSize,
		Free:      int64(len(m.free)) * BlockSize,
	}
}
