package utp

import (
	"net"
	"time"
)

// handle works in a packet for this connection.
func (c *Conn) handle(p *packet, now time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.state == dead:
		return
	case p.kind == kindReset:
		c.handleReset(p)
		return
	case p.kind == kindSyn:
		if c.state == halfOpen && p.seq == c.in.ack {
			c.owed = true // our answer was lost
			c.wake()
		}
		return
	case !c.out.believable(p.ack):
		return
	case c.state == dialling:
		if p.kind != kindState || p.ack != c.out.first {
			return
		}
		// The number in the answer is that of the first data to come.
		c.in.ack = p.seq - 1
		c.state = open
		close(c.up)
	}
	c.echoDelay(p, now)
	c.handleAck(p, now)
	if p.kind == kindData || p.kind == kindFin {
		c.handleData(p)
	}
	if c.state != dead && c.finished && c.out.outstanding() == 0 {
		c.die(net.ErrClosed, false) // all that was written has come
	}
	c.wake()
	c.setAlarm(now)
}

// handleReset ends the connection if the reset answers a packet of ours: it names its number.
func (c *Conn) handleReset(p *packet) {
	behind := int(int16(c.out.next - p.ack)) // next itself is the number in a mere acknowledgement
	if behind >= 0 && behind <= c.out.outstanding()+reordering {
		c.die(ErrReset, false)
	}
}

// echoDelay notes how long the packet was under way, to be told with the next one.
func (c *Conn) echoDelay(p *packet, now time.Duration) {
	c.echo = micros(now) - p.stamp
	known, before := c.flow.theirs.known > 0, c.flow.theirs.base()
	c.flow.theirs.add(c.echo, now)
	if known {
		c.flow.ours.drifted(before, c.flow.theirs.base())
	}
}

// handleAck works in what the packet says of ours.
func (c *Conn) handleAck(p *packet, now time.Duration) {
	r := c.out.acknowledge(p, now, c.trip.least)
	queue := c.queueing()
	if r.bytes > 0 {
		if r.rtt > 0 {
			c.trip.add(r.rtt)
		}
		if p.delay != 0 {
			c.flow.ours.add(p.delay, now)
			queue = c.queueing()
		}
		c.flow.acknowledged(r.bytes, queue, c.trip.last, now-c.flow.limited <= c.trip.smooth)
		c.trip.backoff, c.quietFrom, c.doubted = 0, now, false
	}
	if r.inVain > 0 {
		c.flow.undo(r.inVain)
	}
	if n, serial := c.out.findLost(); n > 0 {
		c.flow.reduce(n, serial, c.out.serial, queue)
	}
	if p.ack+1 == c.out.first { // an older packet knows nothing of the window
		c.handleWindow(int(min(p.window, mostInAir)), now)
	}
	if c.roomToWrite() >= chunkSize {
		c.writer.cond.Broadcast()
	}
}

// queueing is the delay in the queues that we fill. It is part of the round trip, so what is above that
// says that a clock was set.
func (c *Conn) queueing() time.Duration { return min(c.flow.ours.queueing(), c.trip.last) }

// handleWindow takes in how much the other side can take.
func (c *Conn) handleWindow(window int, now time.Duration) {
	if window < c.segment {
		c.quietFrom, c.trip.backoff = now, min(c.trip.backoff, patience) // it answers, it is only full
	} else if c.out.window < c.segment {
		c.out.loseAll() // what went while it was full was not taken
		c.trip.backoff, c.probeFrom = 0, 0
	}
	c.out.window = window
}

// handleData takes in what the packet carries.
func (c *Conn) handleData(p *packet) {
	if c.state == halfOpen {
		if !c.mux.promote(c) {
			return // it will come again
		}
		c.state, c.endBy = open, 0
	}
	c.owed = true
	if c.mux.held.Load() > 2*maxHeld {
		return // it will come again
	}
	had := c.in.stored()
	news := c.in.take(p.seq, p.payload, p.kind == kindFin)
	c.told -= len(p.payload)
	c.mux.held.Add(int64(c.in.stored() - had))
	switch {
	case c.closed:
		c.mux.held.Add(-int64(c.in.ready.n))
		c.in.ready.discard(c.in.ready.n)
	case news:
		c.reader.cond.Broadcast()
	}
}

// room is how many bytes beyond those acknowledged the other side is told that it may send.
func (c *Conn) room() int {
	if c.mux.held.Load() > maxHeld {
		return max(0, tightWindow-c.in.ready.n)
	}
	return c.in.room()
}

// tellRoom sends a packet when reading has made so much room that the other side should know.
func (c *Conn) tellRoom() {
	if c.state != open || c.in.fin {
		return
	}
	room := c.room()
	if room-c.told >= maxWindow/2 || c.told < 2*c.segment && room >= chunkSize {
		c.owed = true
		c.wake()
	}
}
