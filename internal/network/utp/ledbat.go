package utp

import "time"

const (
	target     = 100 * time.Millisecond // of delay in the queues that we fill (BEP 29)
	gain       = 3000                   // bytes that the window grows a round trip at most (BEP 29)
	startShare = 0.75                   // of target: the delay at which the quick start ends
	minWindow  = 2                      // packets
	firstFlush = 4                      // packets in the first round trip
	mostInAir  = 2 << 20                // bytes
)

// congestion decides how many bytes may be in the air (RFC 6817; the quick start of BEP 29).
type congestion struct {
	window  float64 // bytes
	packet  float64 // bytes of a full packet
	quick   bool    // doubling every round trip, until the first sign of a queue or a loss
	ceiling float64 // where doubling ends after a timeout
	ours    delays  // of what we send
	theirs  delays  // of what they send: tells how the clocks drift apart

	limited time.Duration // when the window last held something back
	recover uint64        // transmissions up to this one belong to a loss that was answered
	before  float64       // the window before it; 0: there is nothing to take back
	hurried bool          // quick before it
	suspect int           // packets of that loss that may have been overtaken only
}

func newCongestion(packet int) congestion {
	return congestion{window: firstFlush * float64(packet), packet: float64(packet), quick: true, ceiling: mostInAir}
}

// room reports whether weight more bytes may go when flying are in the air.
func (c *congestion) room(flying, weight int) bool {
	return flying == 0 || flying+weight <= int(c.window)
}

// acknowledged lets the window grow or shrink after so many bytes have arrived. queue is the delay in the queues on the way,
// part of the round trip, and held tells whether the window has held something back lately.
func (c *congestion) acknowledged(bytes int, queue, trip time.Duration, held bool) {
	b := float64(bytes)
	if c.quick && float64(queue) > startShare*float64(target) {
		c.quick, c.ceiling = false, c.window
	}
	if c.quick && c.window >= c.ceiling {
		c.quick = false
	}
	change := b
	switch {
	case c.quick:
	case queue <= target:
		change = gain * (1 - float64(queue)/float64(target)) * min(1, b/c.window)
	default:
		// What is too much in the queue is that share of the window. Half of it goes in a round trip.
		change = -b * float64(queue-target) / float64(2*trip)
	}
	if change > 0 && !held {
		return // the window was not made use of: nothing is known of a larger one
	}
	c.window = min(max(c.window+max(change, -b/2), minWindow*c.packet), mostInAir)
}

// reduce answers the loss of n packets: serial is the latest transmission among them, last the latest one made. Losses of
// one round trip are answered once. On a path whose queue is empty a loss need not be the sign of
// one that is full, so the window gives way as TCP does today (RFC 9438); else by half.
func (c *congestion) reduce(n int, serial, last uint64, queue time.Duration) {
	if serial <= c.recover {
		c.suspect += n
		return
	}
	c.recover, c.before, c.hurried, c.suspect = last, c.window, c.quick, n
	share := 0.5
	if queue < target/4 {
		share = 0.7
	}
	c.window = max(c.window*share, minWindow*c.packet)
	c.quick, c.ceiling = false, c.window
}

// collapse answers silence: the window starts again from one packet.
func (c *congestion) collapse(last uint64) {
	c.ceiling = max(c.window/2, minWindow*c.packet)
	c.recover, c.before = last, 0
	c.window = c.packet
	c.quick = true
}

// undo takes the last reduction back once n more packets turn out not to have been lost, if none is left.
func (c *congestion) undo(n int) {
	if c.suspect -= n; c.suspect > 0 || c.before == 0 {
		return
	}
	c.window = max(c.window, c.before)
	if c.hurried {
		c.quick, c.ceiling = true, mostInAir
	}
	c.before = 0
}
