package simnet

import (
	"context"
	"time"
)

// kind is what an event does.
type kind uint8

const (
	uplinkFree kind = iota // the uplink of stream.from may take the next chunk
	arrive                 // the chunk has reached the downlink of stream.to
	deliver                // the chunk has passed it
	resume                 // the stream may have room in its window again
	reset                  // the end that reads stream learns that the connection is broken
	wake                   // somebody who waits goes on
)

// event is something that happens at a time, in nanoseconds of the virtual clock.
type event struct {
	at    int64
	seq   uint64 // events of the same time happen in the order they were made
	kind  kind
	s     *stream
	chunk chunk
	wake  chan<- struct{}
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

// schedule puts an event in. The lock is held.
func (n *Network) schedule(at int64, k kind, s *stream, c chunk) {
	n.add(event{at: at, kind: k, s: s, chunk: c})
}

// add puts an event in, and sets the timer where it comes first. The lock is held.
func (n *Network) add(e event) {
	n.queue.push(e)
	if !n.running && (n.timerAt == 0 || e.at < n.timerAt) {
		n.arm(e.at)
	}
}

// arm sets the timer. One that is set for later is left to run out: the runtime goes over all its timers when one of
// them is moved to an earlier time. The lock is held.
func (n *Network) arm(at int64) {
	d := time.Duration(max(0, at-n.now()))
	if n.timer == nil || n.timerAt != 0 {
		n.timer = time.AfterFunc(d, n.run)
	} else {
		n.timer.Reset(d)
	}
	n.timerAt = at
}

// run handles what is due.
func (n *Network) run() {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.now()
	if n.timerAt == 0 || n.timerAt > now {
		return // a timer that was overtaken
	}
	n.running = true
	for len(n.queue.heap) > 0 && n.queue.heap[0].at <= now {
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
	case wake:
		e.wake <- struct{}{} // it has room for one
	}
}

// sleep waits until a time, or until ctx ends, which is its only error. Those who wake at the same time do so in the
// order in which they went to sleep, which timers do not promise.
func (n *Network) sleep(ctx context.Context, at int64) error {
	c := make(chan struct{}, 1)
	n.mu.Lock()
	n.add(event{at: at, kind: wake, wake: c})
	n.mu.Unlock()
	select {
	case <-c:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// now is the virtual clock in nanoseconds.
func (n *Network) now() int64 { return time.Now().UnixNano() }
