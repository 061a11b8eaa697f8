package utp

import "time"

const (
	paceBurst  = 8                    // packets that may go at once
	paceSpan   = 4 * time.Millisecond // or what may go in this time, where that is more
	paceSteady = 1.25                 // times the window a round trip
	paceQuick  = 2.5                  // the same while the window doubles
	paceFrom   = 5 * time.Millisecond // of round trip; below, the window leaves at once
)

// pacer spreads what the window allows over the round trip. Without it packets bunch up, because the acknowledgements that let
// them go wait behind data of the other direction and then come all at once, and each bunch fills queues on its own.
type pacer struct {
	credit float64 // bytes that may go now
	at     time.Duration
}

// wait is how long size bytes have to wait, 0 if they may go.
func (p *pacer) wait(now time.Duration, size int, f *congestion, trip time.Duration) time.Duration {
	if trip < paceFrom {
		p.credit, p.at = paceBurst*f.packet, now
		return 0
	}
	rate := paceSteady * f.window / float64(trip) // bytes a nanosecond
	if f.quick {
		rate = paceQuick * f.window / float64(trip)
	}
	most := max(paceBurst*f.packet, rate*float64(paceSpan))
	p.credit = min(p.credit+rate*float64(now-p.at), most)
	p.at = now
	if p.credit >= float64(size) {
		return 0
	}
	return time.Duration((most/2 - p.credit) / rate)
}

// spend takes what was sent.
func (p *pacer) spend(size int) { p.credit -= float64(size) }
