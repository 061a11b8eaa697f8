package swarm

import (
	"time"

	"github.com/shoal-project/shoal/internal/peer"
)

const (
	firstTarget = 16 // blocks asked for at once of a peer whose speed is unknown
	minTarget   = 4
	ourMaxQueue = 2048 // what we let others ask of us, told in the extension handshake
	// A peer that does not tell how many requests it takes gets no more than what clients of all ages
	// take.
	defaultMaxQueue = 250

	// A pipeline that comes in faster than shortTime is too short, slower than longTime too long; where
	// the round trip is long, both are multiples of it.
	shortTime  = 80 * time.Millisecond
	longTime   = 600 * time.Millisecond
	shortTrips = 2
	longTrips  = 6
)

// pipeline decides how many blocks to have asked for at once. It measures itself: as long as a pipeline's worth
// of blocks comes in about as fast as one block does, the peer could give more. It belongs to the read loop.
type pipeline struct {
	target int
	limit  int           // what the peer takes
	trip   time.Duration // least time between a request and its block; 0 unknown
	asked  time.Time     // when the first request after a pause went out; zero once its block came
	begun  time.Time
	left   int // blocks until the target has come in once since begun
}

func (l *pipeline) init() {
	l.target, l.limit = firstTarget, defaultMaxQueue
}

// restart begins a new measurement after a pause, with requests that go out now.
func (l *pipeline) restart(now time.Time) { l.asked, l.begun = now, time.Time{} }

// took counts blocks that came in.
func (l *pipeline) took(n int, now time.Time) {
	if !l.asked.IsZero() {
		if trip := now.Sub(l.asked); l.trip == 0 || trip < l.trip {
			l.trip = trip
		}
		l.begun, l.left, l.asked = l.asked, l.target, time.Time{}
	}
	if l.begun.IsZero() {
		l.begun, l.left = now, l.target
	}
	if l.left -= n; l.left > 0 {
		return
	}
	switch d := now.Sub(l.begun); {
	case d < max(shortTime, shortTrips*l.trip):
		l.target = min(2*l.target, l.limit)
	case d > max(longTime, longTrips*l.trip):
		l.target = max(l.target*2/3, minTarget)
	}
	l.begun, l.left = now, l.target
}

// refused says that the peer did not take a request: it gets fewer at once.
func (l *pipeline) refused() {
	l.target = max(l.target-1, minTarget)
	l.restart(time.Time{})
}

// room is how many blocks to ask for when waiting blocks are asked for already: none until half of
// the target has come in.
func (l *pipeline) room(waiting int) int {
	if waiting > l.target/2 {
		return 0
	}
	return l.target - waiting
}

// queue holds the blocks asked of a peer, in order.
type queue struct {
	asks []ask
	head int
}

func (q *queue) len() int { return len(q.asks) - q.head }

func (q *queue) all() []ask { return q.asks[q.head:] }

// take removes the ask that r answers: the oldest one, as a rule.
func (q *queue) take(r peer.Request) (ask, bool) {
	for i := q.head; i < len(q.asks); i++ {
		a := q.asks[i]
		if uint32(a.part.index) != r.Index || uint32(a.block)*peer.BlockSize != r.Begin {
			continue
		}
		copy(q.asks[q.head+1:i+1], q.asks[q.head:i])
		q.asks[q.head] = ask{}
		q.head++
		if q.head == len(q.asks) {
			q.asks, q.head = q.asks[:0], 0
		}
		return a, true
	}
	return ask{}, false
}

// tail makes room to append and returns the slice to append to; set takes it back.
func (q *queue) tail() []ask {
	if q.head > 0 {
		n := copy(q.asks, q.asks[q.head:])
		clear(q.asks[n:])
		q.asks, q.head = q.asks[:n], 0
	}
	return q.asks
}

func (q *queue) set(asks []ask) { q.asks = asks }

func (q *queue) clear() {
	clear(q.asks)
	q.asks, q.head = q.asks[:0], 0
}
