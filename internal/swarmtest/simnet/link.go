package simnet

import "time"

// Bounds of a chunk, the unit in which streams take turns.
const (
	chunkTime     = 4 * time.Millisecond
	slowChunkTime = 20 * time.Millisecond // where chunks would be smaller than usualChunk
	minChunk      = segmentSize
	usualChunk    = 20 << 10
	maxChunk      = 64 << 10
)

// ahead is how long before its turn what an uplink sends may be chosen, so that many small messages are sent with one
// event. They leave at their own times nevertheless.
const ahead = int64(200 * time.Microsecond)

// uplink is what a host sends through. Its streams take turns.
type uplink struct {
	net     *Network
	rate    int64 // bytes a second, 0 unlimited
	quantum int   // bytes of a chunk
	free    int64 // when the last chunk has left
	ring    []*stream
	head    int
	armed   bool // an event will serve it
}

func (u *uplink) init(n *Network, rate int64) {
	u.net = n
	u.setRate(rate)
}

// setRate changes the rate. The chunk that is on its way out arrives as it would have, the next leaves at once.
func (u *uplink) setRate(rate int64) {
	u.rate, u.quantum = rate, maxChunk
	if rate > 0 {
		fine, coarse := rate*int64(chunkTime)/int64(time.Second), rate*int64(slowChunkTime)/int64(time.Second)
		u.quantum = int(min(max(fine, min(coarse, usualChunk), minChunk), maxChunk))
	}
	if now := u.net.now(); u.free > now {
		u.free, u.armed = now, false
		u.serve(now)
	}
}

// serve sends what it can: one chunk, or all where the rate is unlimited.
func (u *uplink) serve(now int64) {
	if u.armed {
		return
	}
	for u.head < len(u.ring) {
		if u.free > now+ahead {
			u.armed = true
			u.net.schedule(u.free, uplinkFree, u.ring[u.head], chunk{})
			return
		}
		s := u.ring[u.head]
		u.ring[u.head] = nil
		u.head++
		if u.head > 64 && u.head*2 > len(u.ring) {
			u.ring = u.ring[:copy(u.ring, u.ring[u.head:])]
			u.head = 0
		}
		s.inRing = false
		c, ok := s.next(now, u.quantum)
		if !ok {
			continue
		}
		end := max(now, u.free)
		if u.rate > 0 {
			end += took(c.size(), u.rate)
		}
		u.free = end
		s.from.sent += int64(c.size())
		s.launch(end, c)
		u.enter(s)
	}
	u.ring, u.head = u.ring[:0], 0
}

// enter gives a stream a turn if it has something to send.
func (u *uplink) enter(s *stream) {
	if !s.inRing && s.hasWork() {
		s.inRing = true
		u.ring = append(u.ring, s)
	}
}

// fullAfter is how long the queue before a downlink may get. A stream that adds to one of more than half that length is told
// to slow down now and then, and always at the end: with one sharp bound, streams that keep time would hit it always or never.
const fullAfter = int64(100 * time.Millisecond)

// downlink is what a host receives through, in order of arrival.
type downlink struct {
	rate int64
	free int64 // when the last chunk has passed
}

// idle reports whether nothing waits before the downlink.
func (d *downlink) idle(now int64) bool { return d.free <= now }

// pass says when a chunk has passed whose last byte arrives at now, having come in at rate from (0 at once).
func (d *downlink) pass(now int64, size int, from int64) int64 {
	if d.rate <= 0 {
		return now
	}
	begin := now
	if from > 0 {
		begin -= took(size, from)
	}
	d.free = max(now, max(d.free, begin)+took(size, d.rate))
	return d.free
}

// fullness is how close the queue before the downlink is to its end: 0 while it is less than half as long, 1 at the end.
func (d *downlink) fullness(now int64) float64 {
	if d.rate <= 0 {
		return 0
	}
	return float64(d.free-now-fullAfter/2) / float64(fullAfter/2)
}

// took is how long n bytes take at a rate.
func took(n int, rate int64) int64 { return int64(n) * int64(time.Second) / rate }
