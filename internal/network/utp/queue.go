package utp

import (
	"net/netip"
	"sync"
)

// queue is the row of connections that have something to send.
type queue struct {
	mu     sync.Mutex
	cond   sync.Cond
	conns  []*Conn
	strays bool // there are some
	closed bool
}

// push appends a connection that does not wait already.
func (q *queue) push(c *Conn) {
	q.mu.Lock()
	if !c.queued {
		c.queued = true
		q.conns = append(q.conns, c)
		if len(q.conns) == 1 {
			q.cond.Signal()
		}
	}
	q.mu.Unlock()
}

// take waits until there is something to do and moves the whole row to into. It reports false when the queue was
// closed and is empty.
func (q *queue) take(into []*Conn) (row []*Conn, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.conns) == 0 && !q.strays {
		if q.closed {
			return into, false
		}
		q.cond.Wait()
	}
	for _, c := range q.conns {
		c.queued = false
	}
	row = append(into, q.conns...)
	clear(q.conns)
	q.conns, q.strays = q.conns[:0], false
	return row, true
}

// stir wakes the writer for the stray packets.
func (q *queue) stir() {
	q.mu.Lock()
	q.strays = true
	q.cond.Signal()
	q.mu.Unlock()
}

// close lets take end once the row is empty.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.cond.Signal()
	q.mu.Unlock()
}

// maxStrays bounds the packets that wait to be sent for no connection.
const maxStrays = 2048

// stray is a packet that belongs to no connection: a reset.
type stray struct {
	to netip.AddrPort
	p  packet
}

// strays are those that wait for the writer.
type strays struct {
	queue *queue
	mu    sync.Mutex
	row   []stray
}

// add queues a packet, or drops it where too many wait.
func (s *strays) add(one stray) {
	s.mu.Lock()
	if len(s.row) < maxStrays {
		s.row = append(s.row, one)
	}
	s.mu.Unlock()
	s.queue.stir()
}

// emit builds what waits.
func (s *strays) emit(b *batch, stamp uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.row {
		p := &s.row[i].p
		p.stamp = stamp
		p.put(b.packet(s.row[i].to, headerSize))
	}
	s.row = s.row[:0]
}
