package utp

import (
	"math"
	"net"
	"time"
)

const (
	linger       = 10 * time.Second       // what was written before Close has so long to go out
	halfOpenFor  = 10 * time.Second       // after a SYN, so long for the first data
	keepAlive    = 29 * time.Second       // home routers forget a path that is silent for half a minute
	probeAfter   = 2 * time.Second        // how long no room is waited for before it is asked for
	synTimeouts  = 3                      // timeouts in a row that end a connection being made
	dataTimeouts = 7                      // and one that is open: about a minute
	pathTimeouts = 3                      // and that tell of a packet too large for the path
	ackDelay     = 100 * time.Millisecond // others keep acknowledgements back for so long at most
	patience     = 4                      // doublings of the timeout while the other side has no room
)

// due is when the next deadline is.
func (c *Conn) due() time.Duration {
	t := time.Duration(math.MaxInt64)
	if c.out.outstanding() > 0 {
		t = min(c.quietFrom+c.trip.timeout(), c.tailBy())
	}
	if c.resume > 0 {
		t = min(t, c.resume)
	}
	if c.probeFrom > 0 && c.out.outstanding() == 0 {
		t = min(t, c.probeFrom+probeAfter)
	}
	if c.state == open {
		t = min(t, c.spoke+keepAlive)
	}
	if c.endBy > 0 {
		t = min(t, c.endBy)
	}
	return t
}

// tailBy is when to doubt that the last packets have come: well before the timeout.
func (c *Conn) tailBy() time.Duration {
	if c.doubted || c.out.flying == 0 || c.trip.smooth == 0 {
		return math.MaxInt64
	}
	return c.quietFrom + 2*c.trip.smooth + ackDelay
}

// setAlarm makes sure that the timer goes off at the next deadline or before. One that goes off early
// costs less than setting it with every packet.
func (c *Conn) setAlarm(now time.Duration) {
	if c.state == dead {
		return
	}
	t := c.due()
	if t == math.MaxInt64 || c.alarm > 0 && c.alarm <= t {
		return
	}
	// What is due now may still wait for the writer: the timer must not go off again and again until then.
	t = max(t, now+time.Millisecond)
	c.alarm = t
	if c.timer == nil {
		c.timer = time.AfterFunc(t-now, c.ring)
	} else {
		c.timer.Reset(t - now)
	}
}

// ring does what is due.
func (c *Conn) ring() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alarm = 0
	now := c.mux.now()
	if now >= c.resume {
		c.resume = 0
	}
	switch {
	case c.state == dead:
		return
	case c.endBy > 0 && now >= c.endBy:
		c.die(ErrSilent, c.closed)
		return
	case c.out.outstanding() > 0 && now >= c.quietFrom+c.trip.timeout():
		if c.timedOut(now); c.state == dead {
			return
		}
	case now >= c.tailBy():
		c.doubted = true
		c.out.probe()
	}
	if c.state == open && now >= c.spoke+keepAlive {
		c.owed = true
		c.out.shrink()
	}
	c.wake()
	c.setAlarm(now)
}

// timedOut answers silence.
func (c *Conn) timedOut(now time.Duration) {
	c.trip.backoff++
	c.quietFrom = now
	if c.state == dialling && c.trip.backoff >= synTimeouts || c.trip.backoff >= dataTimeouts {
		c.die(ErrSilent, c.state == open)
		return
	}
	c.out.loseAll()
	if c.state == open && c.out.window < c.segment {
		return // that is why
	}
	oldest := c.out.at(c.out.first).size
	if c.trip.backoff >= pathTimeouts && oldest > c.out.biggest && c.mux.paths.shrink(c.key.addr.Addr(), headerSize+oldest) {
		c.die(ErrPath, true) // a packet cannot be cut smaller once it was sent
		return
	}
	c.flow.collapse(c.out.serial)
}

// die ends the connection: what was read in stays for Read, everything else goes. The lock is held.
func (c *Conn) die(err error, reset bool) {
	if c.state == dialling {
		close(c.up)
	}
	c.state, c.err = dead, err
	if c.timer != nil {
		c.timer.Stop()
	}
	c.reader.end()
	c.writer.end()
	had := c.in.stored()
	c.in.dropEarly()
	c.mux.held.Add(int64(c.in.stored() - had))
	c.out.data.discard(c.out.data.n)
	c.out.ring = nil
	c.mux.remove(c)
	if reset {
		c.mux.strays.add(stray{c.key.addr, packet{kind: kindReset, id: c.sendID, seq: c.out.next, ack: c.in.ack}})
	}
}

// abort ends the connection because its Mux ends.
func (c *Conn) abort() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != dead {
		c.die(net.ErrClosed, c.state == open)
	}
}
