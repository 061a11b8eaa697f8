package utp

import "time"

const (
	minFlight  = 64   // slots for packets in the air, at first
	maxFlight  = 8192 // and at most
	staleAcks  = 512  // how old an acknowledgement may be that is believed to come from the other side
	reordering = 3    // packets that may overtake one before it counts as lost, at first
	maxReorder = 128
	apart      = 8 // first writes of a connection, whose packets hold nothing of the next one
)

type fate uint8

const (
	inFlight fate = iota
	lost
	arrived
)

// shipment is a packet that was sent and is not acknowledged in order.
type shipment struct {
	kind   kind
	fate   fate
	tries  int
	probe  bool          // sent again only to be acknowledged
	size   int           // bytes of data
	from   uint64        // where in the stream the data begins
	at     time.Duration // last sent
	serial uint64        // of that transmission
}

// weight is what a packet counts against the congestion window.
func (s *shipment) weight() int { return headerSize + s.size }

// outflow keeps what one connection has to send, and knows what became of each packet.
type outflow struct {
	data  fifo
	begin uint64   // where in the stream data begins: all before it was acknowledged
	cut   uint64   // where in the stream the next packet begins
	edges []uint64 // where in the stream the first writes end, as far as no packet was cut there
	wrote int      // of those

	first, next uint16     // the oldest packet not acknowledged; the next one to be cut
	ring        []shipment // by number modulo length, a power of two
	flying      int        // weight of the packets in flight
	lost        int        // packets to be sent again
	again       uint16     // the first of them, or a number before it
	biggest     int        // the largest size that arrived

	serial  uint64 // of the last transmission
	newest  uint64 // the latest transmission that has arrived
	reorder uint64

	window int // bytes beyond first that the other side takes
}

// at is the shipment of a number in [first, next).
func (o *outflow) at(seq uint16) *shipment { return &o.ring[int(seq)&(len(o.ring)-1)] }

// outstanding is the number of packets that are not acknowledged in order.
func (o *outflow) outstanding() int { return int(o.next - o.first) }

// waiting is how many bytes have not been cut into packets.
func (o *outflow) waiting() int { return int(o.begin + uint64(o.data.n) - o.cut) }

// edge notes the end of a write. What a handshake ends with must not share its packet with what follows: there are others who
// hand on the rest of such a packet only when the next one comes, and each side would wait for the other.
func (o *outflow) edge() {
	if end := o.begin + uint64(o.data.n); o.wrote < apart && end > o.cut {
		o.wrote++
		o.edges = append(o.edges, end)
	}
}

// together is how many bytes may go in one packet.
func (o *outflow) together() int {
	for len(o.edges) > 0 && o.edges[0] <= o.cut {
		o.edges = o.edges[1:]
	}
	if len(o.edges) == 0 {
		o.edges = nil
		return o.waiting()
	}
	return int(o.edges[0] - o.cut)
}

// unacknowledged is how many bytes of data were sent and count against the other side's window.
func (o *outflow) unacknowledged() int { return int(o.cut - o.begin) }

// full tells that no more packets fit, however small they are.
func (o *outflow) full() bool { return o.outstanding() >= maxFlight }

// ship cuts a new packet with the next size bytes.
func (o *outflow) ship(k kind, size int, now time.Duration) *shipment {
	if n := o.outstanding(); n >= len(o.ring) {
		o.grow(n)
	}
	s := o.at(o.next)
	*s = shipment{kind: k, size: size, from: o.cut}
	o.next++
	o.cut += uint64(size)
	o.sent(s, now)
	return s
}

// sent notes a transmission, the first or another one.
func (o *outflow) sent(s *shipment, now time.Duration) {
	if s.fate == lost {
		o.lost--
	}
	o.serial++
	s.fate, s.at, s.serial = inFlight, now, o.serial
	s.tries++
	o.flying += s.weight()
}

func (o *outflow) grow(n int) {
	size := max(minFlight, 2*len(o.ring))
	old := *o
	o.ring = make([]shipment, size)
	for i := range n {
		seq := o.first + uint16(i)
		*o.at(seq) = *old.at(seq)
	}
}

// shrink gives memory back while nothing is under way.
func (o *outflow) shrink() {
	if o.first == o.next {
		o.ring = nil
	}
}

// believable tells whether the other side can have sent this acknowledgement: a stranger has to guess it.
func (o *outflow) believable(ack uint16) bool {
	behind := int(int16(o.next - 1 - ack))
	return behind >= 0 && behind <= o.outstanding()+staleAcks
}

// outcome is what an acknowledgement changed.
type outcome struct {
	bytes    int           // weight of the packets that arrived
	rtt      time.Duration // of the latest that was sent once; 0 without one
	advanced bool          // the oldest packet arrived
	inVain   int           // packets that were sent again though the first had only been overtaken
}

// acknowledge works in an acknowledgement that is believable. least is the shortest round trip known.
func (o *outflow) acknowledge(p *packet, now, least time.Duration) (r outcome) {
	for o.first != o.next && !before(p.ack, o.first) {
		s := o.at(o.first)
		o.arrive(s, now, least, &r)
		o.data.discard(s.size)
		o.begin += uint64(s.size)
		o.first++
		r.advanced = true
	}
	if o.first == o.next || p.ack+1 != o.first {
		return r // all is here, or it is an old one
	}
	o.selected(p, now, least, &r)
	return r
}

// selected works in the bit mask of what has come beyond the first packet that is missing.
func (o *outflow) selected(p *packet, now, least time.Duration, r *outcome) {
	empty := true
	for i, bits := range p.sack {
		for j := 0; bits != 0; j++ {
			if bits&1 == 1 {
				empty = false
				if 1+8*i+j >= o.outstanding() {
					return
				}
				o.arrive(o.at(p.ack+2+uint16(8*i+j)), now, least, r)
			}
			bits >>= 1
		}
	}
	// There is a mask because something has come out of order. If it does not show, it lies beyond.
	if n := 1 + 8*len(p.sack); empty && n > 1 && n < o.outstanding() {
		if s := o.at(o.first + uint16(n)); s.tries == 1 {
			o.newest = max(o.newest, s.serial)
		}
	}
}

// arrive notes that a packet has come.
func (o *outflow) arrive(s *shipment, now, least time.Duration, r *outcome) {
	switch s.fate {
	case arrived:
		return
	case lost:
		o.lost--
	case inFlight:
		o.flying -= s.weight()
	}
	s.fate = arrived
	o.biggest = max(o.biggest, s.size)
	r.bytes += s.weight()
	took := now - s.at
	if s.tries > 1 && took < least/2 { // too soon for an answer to the last transmission
		if !s.probe {
			r.inVain++
			o.reorder = min(2*o.reorder, maxReorder)
		}
		return
	}
	o.newest = max(o.newest, s.serial)
	if s.tries == 1 {
		r.rtt = max(took, 1)
	}
}

// findLost marks the packets that later ones have overtaken too far. It returns how many they are, and the latest
// transmission among them.
func (o *outflow) findLost() (n int, serial uint64) {
	if o.newest < o.reorder {
		return 0, 0
	}
	limit := o.newest - o.reorder
	for seq := o.first; seq != o.next; seq++ {
		s := o.at(seq)
		if s.tries == 1 && s.serial > o.newest {
			break // what follows was sent later still
		}
		if s.fate == inFlight && s.serial <= limit {
			o.giveUp(s, seq)
			n++
			serial = max(serial, s.serial)
		}
	}
	return n, serial
}

func (o *outflow) giveUp(s *shipment, seq uint16) {
	if o.lost == 0 || before(seq, o.again) {
		o.again = seq
	}
	s.fate = lost
	o.lost++
	o.flying -= s.weight()
}

// loseAll marks everything in flight: nothing came back for too long.
func (o *outflow) loseAll() {
	for seq := o.first; seq != o.next; seq++ {
		if s := o.at(seq); s.fate == inFlight {
			o.giveUp(s, seq)
		}
	}
}

// probe has the last packet in flight sent again: if it was lost, nothing that came later tells of it, nor of those before it.
func (o *outflow) probe() {
	for seq := o.next - 1; seq != o.first-1; seq-- {
		if s := o.at(seq); s.fate == inFlight {
			s.probe = true
			o.giveUp(s, seq)
			return
		}
	}
}

// nextLost is the oldest packet to be sent again and its number. There must be one.
func (o *outflow) nextLost() (*shipment, uint16) {
	if before(o.again, o.first) {
		o.again = o.first
	}
	for ; ; o.again++ {
		if s := o.at(o.again); s.fate == lost {
			return s, o.again
		}
	}
}
