package simnet

import (
	"math"
	"sync"
	"time"
)

const (
	segmentSize   = 1460 // bytes of a packet
	initialWindow = 10 * segmentSize
	minWindow     = 4 * segmentSize
)

// ack says that so many bytes are known to have arrived at a time.
type ack struct {
	at int64
	n  int
}

// stream is one direction of a connection. All of it lies under the network's lock.
type stream struct {
	net      *Network
	from, to *Host
	path     Path
	writer   *Conn // the ends
	reader   *Conn

	// The sending side.
	queue    []chunk // taken by Write
	queued   int     // bytes in it
	canWrite sync.Cond
	inRing   bool // waits for its turn on the uplink
	finished bool // a chunk that ends the stream is in the queue, or was sent
	broken   bool // nothing is sent any more

	// The flight.
	window    float64 // congestion window
	threshold float64 // above it, the window grows slowly
	limited   bool    // the window held the stream back
	lossUntil int64   // no second halving before
	flight    int     // bytes not acknowledged
	acks      []ack
	last      int64 // arrival of the last chunk: nothing overtakes
	waking    bool  // a resume event is under way
	blocked   bool  // a window is full
	held      []chunk

	// The receiving side.
	arrivedQ []chunk
	unread   int
	canRead  sync.Cond
	ended    bool // all has come that will
}

func newStream(n *Network, from, to *Host, p Path) *stream {
	s := &stream{net: n, from: from, to: to, path: p, window: initialWindow, threshold: math.Inf(1)}
	s.canWrite.L, s.canRead.L = &n.mu, &n.mu
	return s
}

func (s *stream) hasWork() bool { return len(s.queue) > 0 && !s.broken }

// enqueue puts bytes of b into the send buffer, a chunk at most, and says how many. left is how many will follow, with
// those of b. The lock is held.
func (s *stream) enqueue(b []byte, left int) int {
	most := s.from.up.quantum
	k := 0
	if last := len(s.queue) - 1; last >= 0 {
		k = s.queue[last].grow(b, most)
	}
	if k == 0 {
		x := newChunk(min(left, most))
		k = x.grow(b, most)
		s.queue = append(s.queue, x)
	}
	s.queued += k
	return k
}

// maxSendBuffer is what a send buffer grows to at most.
const maxSendBuffer = 4 << 20

// buffer is how many bytes may wait to be sent: as under Linux, which lets it grow with the congestion window, so that fast
// paths are kept busy and slow ones do not have seconds of data before them that nobody can take back.
func (s *stream) buffer() int {
	return max(s.net.opts.SendBuffer, min(4*int(s.window), maxSendBuffer))
}

// activate lets the stream take part in the turns of its uplink.
func (s *stream) activate(now int64) {
	s.from.up.enter(s)
	s.from.up.serve(now)
}

// resumeAt wakes the stream at a time.
func (s *stream) resumeAt(at int64) {
	if !s.waking && s.hasWork() {
		s.waking = true
		s.net.schedule(at, resume, s, chunk{})
	}
}

// next takes at most most bytes off the queue, if the windows and the network let them go.
func (s *stream) next(now int64, most int) (chunk, bool) {
	if !s.hasWork() || s.net.parted(s.from, s.to) {
		return chunk{}, false
	}
	s.takeAcks(now)
	first := &s.queue[0]
	size := min(first.size(), most)
	room := min(int(s.window), s.net.opts.Window-s.unread) - s.flight
	s.limited = s.limited || int(s.window)-s.flight < size
	if room < size && (room < segmentSize && s.flight+s.unread > 0) {
		s.blocked = true
		s.wakeByAck()
		return chunk{}, false
	}
	s.blocked = false
	var c chunk
	if size = min(size, max(room, segmentSize)); size < first.size() {
		c = first.split(size)
	} else {
		c = *first
		s.queue[0] = chunk{}
		s.queue = s.queue[1:]
	}
	s.queued -= c.size()
	s.flight += c.size()
	if s.queued <= s.buffer()*2/3 { // as a socket does, which wakes nobody for a little room
		s.canWrite.Signal()
	}
	return c, true
}

// takeAcks frees what is acknowledged by now, and grows the window.
func (s *stream) takeAcks(now int64) {
	for len(s.acks) > 0 && s.acks[0].at <= now {
		n := s.acks[0].n
		s.acks = s.acks[1:]
		s.flight -= n
		switch {
		case !s.limited || s.window >= float64(s.net.opts.Window):
		case s.window < s.threshold:
			s.window += float64(n)
		default:
			s.window += segmentSize * float64(n) / s.window
		}
	}
	if s.flight == 0 {
		s.limited = false
	}
}

// wakeByAck wakes the stream when the next acknowledgement comes, if one is on the way.
func (s *stream) wakeByAck() {
	if len(s.acks) > 0 {
		s.resumeAt(s.acks[0].at)
	}
}

// launch sends a chunk on its way; its last byte leaves the host at end.
func (s *stream) launch(end int64, c chunk) {
	at := end + int64(s.path.Delay)
	if s.loses(c.size()) {
		trip := max(2*int64(s.path.Delay), int64(time.Millisecond))
		at += trip
		s.slowDown(end, trip)
	}
	s.last = max(s.last, at)
	s.net.schedule(s.last, arrive, s, c)
}

// slowDown halves the window, once a round trip.
func (s *stream) slowDown(now, trip int64) {
	if now < s.lossUntil {
		return
	}
	s.threshold = max(s.window/2, minWindow)
	s.window = s.threshold
	s.lossUntil = now + trip
}

// loses draws whether a packet of so many bytes is lost.
func (s *stream) loses(size int) bool {
	if s.path.Loss <= 0 {
		return false
	}
	packets := max(1, (size+segmentSize-1)/segmentSize)
	return s.net.rand.Float64() > math.Pow(1-s.path.Loss, float64(packets))
}

// arrived takes a chunk to the downlink of the receiver.
func (s *stream) arrived(at int64, c chunk) {
	if s.net.parted(s.from, s.to) || len(s.held) > 0 {
		s.held = append(s.held, c)
		return
	}
	if f := s.to.down.fullness(at); f > 0 && s.net.rand.Float64() < f {
		s.slowDown(at, 2*int64(s.path.Delay)+fullAfter)
	}
	small := c.size() <= segmentSize && s.to.down.idle(at)
	through := s.to.down.pass(at, c.size(), s.from.up.rate)
	if small || through <= at {
		s.delivered(at, c)
		return
	}
	s.net.schedule(through, deliver, s, c)
}

// delivered puts a chunk where Read finds it.
func (s *stream) delivered(at int64, c chunk) {
	s.to.received += int64(c.size())
	back := at + int64(s.path.Delay)
	s.acks = append(s.acks, ack{back, c.size()})
	if s.blocked {
		s.resumeAt(s.acks[0].at)
	}
	switch {
	case s.reader.closed: // what comes to a closed socket is answered with a reset
		if c.fin {
			s.close()
		} else if !s.broken {
			s.net.schedule(back, reset, s.reader.out, chunk{})
		}
		c.release()
		return
	case s.ended: // by a reset: what was unread is gone, and what comes after that gap must not be read
		c.release()
		return
	case c.fin:
		s.close()
		s.reader.out.breakOff()
		return
	}
	s.unread += c.size()
	s.arrivedQ = append(s.arrivedQ, c)
	s.canRead.Signal()
}

// close says that nothing comes any more.
func (s *stream) close() {
	s.ended = true
	s.canRead.Broadcast()
	s.forget()
}

// breakOff drops what is not sent and sends nothing any more.
func (s *stream) breakOff() {
	if s.broken {
		return
	}
	s.broken = true
	for _, c := range s.queue {
		c.release()
	}
	s.queue, s.queued = nil, 0
	s.canWrite.Broadcast()
	s.forget()
}

// forget takes the stream out of the network when nothing more will come of it.
func (s *stream) forget() {
	if (s.ended || s.broken) && s.writer.closed {
		delete(s.net.streams, s)
	}
}
