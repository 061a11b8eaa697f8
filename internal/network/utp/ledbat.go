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
	before  float64       // the window before it
}

func newCongestion(packet int) congestion {
	return congestion{window: firstFlush * float64(packet), packet: float64(packet), quick: true, ceiling: mostInAir}
}

// room reports whether weight more bytes may go when flying are in the air.
func (c *congestion) room(flying, weight int) bool {
	return flying == 0 || flying+weight <= int(c.window)
}

// acknowledged lets the window grow or shrink after so many bytes have arrived.
func (c *congestion) acknowledged(bytes int, queue time.Duration, held bool) {
	b := float64(bytes)
	if c.quick && float64(queue) > startShare*float64(target) {
		c.quick, c.ceiling = false, c.window
	}
	if c.quick && c.window >= c.ceiling {
		c.quick = false
	}
	change := b
	if !c.quick {
		change = gain * (1 - float64(queue)/float64(target)) * min(1, b/c.window)
	}
	if change > 0 && !held {
		return // the window was not made use of: nothing is known of a larger one
	}
	c.window = min(max(c.window+max(change, -b/2), minWindow*c.packet), mostInAir)
}

// reduce answers a loss: serial is the latest transmission that was lost, last the latest one made. Losses of
// one round trip are answered once. On a path whose queue is empty a loss need not be the sign of
// one that is full, so the window gives way as TCP does today (RFC 9438); else by half.
func (c *congestion) reduce(serial, last uint64, queue time.Duration) {
	if serial <= c.recover {
		return
	}
	c.recover, c.before = last, c.window
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

// undo takes the last reduction back: the packet was not lost.
func (c *congestion) undo() {
	c.window = max(c.window, c.before)
	c.before = 0
}
