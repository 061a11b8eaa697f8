package disk

import (
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// PoolOptions say what a Pool is made of.
type PoolOptions struct {
	Workers      int     // pieces hashed at once; 0: GOMAXPROCS
	Memory       *Memory // nil: one of the default size
	MaxOpenFiles int     // 0: a quarter of the process's limit, between 8 and 512
	Log          *slog.Logger
	Observer     Observer // nil, but for tests
}

// Pool is what the storages of a process share: the workers that hash and write, and the open files.
type Pool struct {
	workers int
	memory  *Memory
	handles *handles
	folders *folders
	log     *slog.Logger
	observe Observer
	flying  atomic.Int64 // bytes that are being written where some are to be kept free

	mu      sync.Mutex
	work    sync.Cond
	jobs    jobQueue // pieces to hash and write
	ripe    bool     // what is queued is not to wait for company any more
	late    *time.Timer
	spare   *job     // recycled jobs
	checks  []*check // storages being checked, served in turn
	turn    int
	hashing int // workers that hash now
	idle    int // workers that wait
	closed  bool
	targets map[string]struct{} // what is open in this process
	shared  map[string]*sharedFolder
	// What a file system has left; for tests other than the system's answers.
	roomAt func(dir string) (room, error)
	free   func(f diskFile) (int64, error)
	// What storages will still put on disk, in the order in which they were checked.
	reserved []reservation
	running  sync.WaitGroup
}

// NewPool makes a pool. Its workers start when there is work.
func NewPool(o PoolOptions) *Pool {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Memory == nil {
		o.Memory = NewMemory(0)
	}
	if o.MaxOpenFiles <= 0 {
		o.MaxOpenFiles = min(max(fileLimit()/4, 8), 512)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	p := &Pool{
		workers: o.Workers,
		memory:  o.Memory,
		handles: newHandles(o.MaxOpenFiles),
		folders: &folders{max: min(max(o.MaxOpenFiles/8, 2), 16)},
		log:     o.Log,
		observe: o.Observer,
		targets: make(map[string]struct{}),
		shared:  make(map[string]*sharedFolder),
		roomAt:  roomAt,
		free:    diskFile.free,
	}
	p.work.L = &p.mu
	return p
}

// Memory is the budget that the pool's storages give blocks back to.
func (p *Pool) Memory() *Memory { return p.memory }

// Close ends the workers when what is queued is done. Storages have to be closed before.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	if p.late != nil {
		p.late.Stop()
	}
	p.work.Broadcast()
	p.mu.Unlock()
	p.running.Wait()
}

// job is one piece on its way to disk.
type job struct {
	s      *Storage
	piece  int
	blocks []*Block
	done   func(Result)
	err    error // why it is refused
	urgent bool  // it has no company to wait for
	next   *job
}

// jobQueue is a list of jobs, first in, first out.
type jobQueue struct {
	head, tail *job
	n          int
}

func (q *jobQueue) push(j *job) {
	j.next = nil
	if q.tail == nil {
		q.head = j
	} else {
		q.tail.next = j
	}
	q.tail = j
	q.n++
}

func (q *jobQueue) pop() *job {
	j := q.head
	if j != nil {
		q.head = j.next
		if q.head == nil {
			q.tail = nil
		}
		j.next = nil
		q.n--
	}
	return j
}

// submit queues a piece to be hashed and written.
func (p *Pool) submit(x job) {
	p.mu.Lock()
	j := p.spare
	if j != nil {
		p.spare = j.next
	} else {
		j = new(job)
	}
	*j = x
	p.jobs.push(j)
	if p.jobs.n == 1 && !x.urgent {
		p.hold()
	} else {
		p.ripe = true
		p.wakeForJobs()
	}
	p.mu.Unlock()
}

// recycle takes a finished job back.
func (p *Pool) recycle(j *job) {
	p.mu.Lock()
	*j = job{next: p.spare}
	p.spare = j
	p.mu.Unlock()
}

// wakeWorker gets one more worker going if fewer than may hash do. Those that write do not count: a slow
// disk must not keep the others from hashing.
func (p *Pool) wakeWorker() {
	switch {
	case p.hashing >= p.workers:
	case p.idle > 0:
		p.work.Signal()
	default:
		w := &worker{pool: p}
		p.hashing++ // from now on, so that no more are started than needed
		p.running.Go(w.run)
	}
}

// holdTime is how long a single piece waits for company: two that are hashed together cost little more than one.
// Where pieces come less often, the cost of hashing does not matter.
const holdTime = 8 * time.Millisecond

// hold has a piece that is queued alone wait. The lock is held.
func (p *Pool) hold() {
	p.ripe = false
	if p.late == nil {
		p.late = time.AfterFunc(holdTime, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.ripe = true
			p.wakeForJobs()
		})
		return
	}
	p.late.Reset(holdTime)
}

// wakeForJobs gets a worker going for what is queued, unless a worker that is hashing already will come for it.
func (p *Pool) wakeForJobs() {
	if p.jobs.n > 1 || p.jobs.n == 1 && p.ripe && p.hashing == 0 {
		p.wakeWorker()
	}
}

// nextJobs gives the pieces to hash next: two where they go together. The caller counts as hashing.
func (p *Pool) nextJobs() (a, b *job) {
	if p.jobs.n == 1 && (p.hashing > 1 || !p.ripe) && !p.closed {
		return nil, nil
	}
	if a = p.jobs.pop(); a == nil || !a.goesWith(p.jobs.head) {
		return a, nil
	}
	return a, p.jobs.pop()
}

// goesWith tells whether two pieces can be hashed side by side.
func (j *job) goesWith(o *job) bool {
	return o != nil && j.err == nil && o.err == nil && j.whole() && o.whole() &&
		j.s.info.HasV1() && o.s.info.HasV1() && j.s.info.PieceSize(j.piece) == o.s.info.PieceSize(o.piece)
}

// whole tells whether a job has as many blocks as its piece.
func (j *job) whole() bool {
	return int64(len(j.blocks)) == (j.s.info.PieceSize(j.piece)+BlockSize-1)/BlockSize
}

// take gives a worker, which counts as hashing, its next work; neither means that it should end. It
// counts as idle while it waits.
func (p *Pool) take(w *worker) (j, also *job, c *check, pieces []int32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if p.hashing <= p.workers {
			if j, also := p.nextJobs(); j != nil {
				return j, also, nil, nil
			}
			if c, pieces := p.nextCheck(); c != nil {
				return nil, nil, c, pieces
			}
		}
		p.hashing--
		if p.closed && p.jobs.head == nil || p.idle >= p.workers {
			return nil, nil, nil, nil
		}
		w.buf = nil
		p.idle++
		p.work.Wait()
		p.idle--
		p.hashing++
	}
}

// stopHashing and startHashing enclose the time in which a worker writes.
func (p *Pool) stopHashing() {
	p.mu.Lock()
	p.hashing--
	if len(p.checks) > 0 {
		p.wakeWorker()
	} else {
		p.wakeForJobs()
	}
	p.mu.Unlock()
}

func (p *Pool) startHashing() {
	p.mu.Lock()
	p.hashing++
	p.mu.Unlock()
}
