package metainfo

import (
	"sync"
	"sync/atomic"
	"time"
)

// progress passes on how far a scan is, not more often than people can see.
type progress struct {
	call  func(done, total int64) // nil: nobody wants to know
	total int64

	done atomic.Int64
	mu   sync.Mutex // held while call runs
	last time.Time
}

// progressInterval is the least time between two calls, but for the last.
const progressInterval = 100 * time.Millisecond

// add counts n more bytes.
func (p *progress) add(n int64) {
	p.done.Add(n)
	if p.call == nil || !p.mu.TryLock() {
		return
	}
	defer p.mu.Unlock()
	if now := time.Now(); now.Sub(p.last) >= progressInterval {
		p.last = now
		p.call(p.done.Load(), p.total)
	}
}

// end makes the last call, which says that all is done.
func (p *progress) end() {
	if p.call == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.call(p.total, p.total)
}
