package utp

import "time"

const (
	quantum     = 64 << 10 // bytes that a connection sends before it is the next one's turn
	tightWindow = 64 << 10 // bytes that a connection takes when all together hold too much
	maxHeld     = 64 << 20 // bytes that all connections of a Mux hold for their readers
)

// parcel is what goes next: a new packet, or one that is sent again.
type parcel struct {
	kind  kind
	size  int
	again *shipment
	seq   uint16
}

// next tells what may be sent now.
func (c *Conn) next(now time.Duration) (p parcel, ok bool) {
	o := &c.out
	switch {
	case o.lost > 0:
		s, seq := o.nextLost()
		p = parcel{s.kind, s.size, s, seq}
	case c.state == dialling && o.outstanding() == 0:
		p = parcel{kind: kindSyn}
	case c.state != open || o.full():
		return p, false
	case o.waiting() > 0:
		p = parcel{kind: kindData, size: min(o.together(), c.segment)}
		if !c.fits(&p, now) {
			return p, false
		}
	case c.closed && !c.finished:
		p = parcel{kind: kindFin}
	default:
		return p, false
	}
	if !c.flow.room(o.flying, headerSize+p.size) {
		c.flow.limited = now
		return p, false
	}
	if wait := c.pace.wait(now, headerSize+p.size, &c.flow, c.trip.smooth); wait > 0 {
		c.resume = now + wait
		c.setAlarm(now)
		return p, false
	}
	return p, true
}

// fits holds new data against the other side's window. A window with less room than for a full packet is waited for
// while something is under way; after that it is made use of, and when there is none at all, it is asked for
// now and again by a packet that may be too much.
func (c *Conn) fits(p *parcel, now time.Duration) bool {
	o := &c.out
	room := o.window - o.unacknowledged()
	switch {
	case p.size <= room:
		return true
	case o.outstanding() > 0:
		return false
	case room > 0:
		p.size = room
		return true
	case c.probeFrom == 0:
		c.probeFrom = now
		c.setAlarm(now)
		return false
	default:
		return now >= c.probeFrom+probeAfter
	}
}

// wake queues the connection for the writer if there is something to send. The lock is held.
func (c *Conn) wake() {
	if c.state == dead {
		return
	}
	if !c.owed {
		if _, ok := c.next(c.mux.now()); !ok {
			return
		}
	}
	c.mux.queue.push(c)
}

// emit builds the packets that may go now. It reports whether there are more.
func (c *Conn) emit(b *batch) (more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == dead {
		return false
	}
	now := c.mux.now()
	sent := 0
	for sent < quantum {
		p, ok := c.next(now)
		if !ok {
			break
		}
		sent += c.transmit(b, p, now)
	}
	// Selective acknowledgements go in packets of their own, so that all full packets are of one size.
	if c.owed && (sent == 0 || c.in.earlyCount > 0) {
		h := c.header(kindState, c.out.next, now)
		var mask [maxSack]byte
		if c.in.earlyCount > 0 {
			h.sack = c.in.sack(mask[:0])
		}
		h.put(b.packet(c.key.addr, h.size()))
		sent++
	}
	if sent > 0 {
		c.owed, c.spoke = false, now
		c.setAlarm(now)
	}
	return sent >= quantum
}

// transmit puts one packet into the batch and returns its weight.
func (c *Conn) transmit(b *batch, p parcel, now time.Duration) int {
	o := &c.out
	if o.outstanding() == 0 {
		c.quietFrom = now
	}
	c.resume = 0
	c.pace.spend(headerSize + p.size)
	s, seq := p.again, p.seq
	if s != nil {
		o.sent(s, now)
	} else {
		seq = o.next
		s = o.ship(p.kind, p.size, now)
		c.finished = c.finished || p.kind == kindFin
		if c.probeFrom > 0 {
			c.probeFrom = now
		}
	}
	h := c.header(s.kind, seq, now)
	if s.kind == kindSyn {
		h.id = c.key.id // BEP 29: the others carry it plus one
	}
	w := b.packet(c.key.addr, s.weight())
	h.put(w)
	o.data.peek(int(s.from-o.begin), w[headerSize:])
	return s.weight()
}

// header fills in what every packet of this connection tells.
func (c *Conn) header(k kind, seq uint16, now time.Duration) packet {
	c.told = c.room()
	return packet{
		kind: k, id: c.sendID, stamp: micros(now), delay: c.echo, window: uint32(c.told), seq: seq, ack: c.in.ack,
	}
}
