package simnet

import "time"

// slack is how much earlier than its time an event may be handled, so that one wake-up does several. The
// arithmetic of rates uses the events' own times and stays exact.
const slack = int64(200 * time.Microsecond)

// kind is what an event does.
type kind uint8

const (
	uplinkFree kind = iota // the uplink of stream.from may take the next chunk
	arrive                 // the chunk has reached the downlink of stream.to
	deliver                // the chunk has passed it
	resume                 // the stream may have room in its window again
	reset                  // the end that reads stream learns that the connection is broken
)

// event is something that happens at a time, in nanoseconds of the virtual clock.
type event struct {
	at    int64
	seq   uint64 // events of the same time happen in the order they were made
	kind  kind
	s     *stream
	chunk chunk
}

func (e *event) before(o *event) bool { return e.at < o.at || e.at == o.at && e.seq < o.seq }

// events is a heap, the earliest first.
type events struct {
	heap []event
	seq  uint64
}

func (q *events) push(e event) {
	q.seq++
	e.seq = q.seq
	q.heap = append(q.heap, e)
	i := len(q.heap) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !q.heap[i].before(&q.heap[up]) {
			break
		}
		q.heap[i], q.heap[up] = q.heap[up], q.heap[i]
		i = up
	}
}

func (q *events) pop() event {
	top := q.heap[0]
	last := len(q.heap) - 1
	q.heap[0] = q.heap[last]
	q.heap[last] = event{}
	q.heap = q.heap[:last]
	for i := 0; ; {
		c := 2*i + 1
		if c >= last {
			break
		}
		if c+1 < last && q.heap[c+1].before(&q.heap[c]) {
			c++
		}
		if !q.heap[c].before(&q.heap[i]) {
			break
		}
		q.heap[i], q.heap[c] = q.heap[c], q.heap[i]
		i = c
	}
	return top
}

// schedule puts an event in, and moves the timer where it comes first. The lock is held.
func (n *Network) schedule(at int64, k kind, s *stream, c chunk) {
	n.queue.push(event{at: at, kind: k, s: s, chunk: c})
	if !n.running && (n.timerAt == 0 || at < n.timerAt) {
		n.arm(at)
	}
}

// arm sets the timer. The lock is held.
func (n *Network) arm(at int64) {
	n.timerAt = at
	d := time.Duration(max(0, at-n.now()))
	if n.timer == nil {
		n.timer = time.AfterFunc(d, n.run)
		return
	}
	n.timer.Reset(d)
}

// run handles what is due.
func (n *Network) run() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.running = true
	limit := n.now() + slack
	for len(n.queue.heap) > 0 && n.queue.heap[0].at <= limit {
		e := n.queue.pop()
		n.handle(&e)
	}
	n.running = false
	n.timerAt = 0
	if len(n.queue.heap) > 0 {
		n.arm(n.queue.heap[0].at)
	}
}

func (n *Network) handle(e *event) {
	switch e.kind {
	case uplinkFree:
		e.s.from.up.armed = false
		e.s.from.up.serve(e.at)
	case arrive:
		e.s.arrived(e.at, e.chunk)
	case deliver:
		e.s.delivered(e.at, e.chunk)
	case resume:
		e.s.waking = false
		e.s.activate(e.at)
	case reset:
		e.s.reader.fail(errReset)
	}
}

// now is the virtual clock in nanoseconds.
func (n *Network) now() int64 { return time.Now().UnixNano() }
