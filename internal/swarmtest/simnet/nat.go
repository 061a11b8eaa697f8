package simnet

import (
	"net/netip"
	"time"
)

// NAT is what stands between a host and the others. A host's address is the one that the others see.
type NAT uint8

// The kinds of NAT, in the words of RFC 4787. What a host sends from a port to an address opens the port for openFor,
// to whom depends on the kind. Only what is sent from a port that listens opens that: see DialFrom.
const (
	Open      NAT = iota // none: everybody may connect
	DialOnly             // nothing ever comes in that was not dialled from inside
	FullCone             // the port is open to everybody (endpoint-independent mapping and filtering)
	Cone                 // it is open to that address and port (endpoint-independent mapping, address- and port-dependent filtering)
	Symmetric            // so it is, and every destination sees another port (address- and port-dependent mapping too)
)

// openFor is how long a NAT remembers what was sent.
const openFor = int64(time.Minute)

// flow is one way out of a NAT: from a port of the host behind it to somewhere.
type flow struct {
	port uint16
	to   netip.AddrPort
}

// hole is what a NAT keeps of a flow.
type hole struct {
	outside uint16 // the port that is seen from there
	until   int64  // when it closes
}

// sendOut takes a packet out of the NAT and gives the port that the other side sees. The network's lock is held.
func (h *Host) sendOut(now int64, f flow) uint16 {
	if h.nat == Open {
		return f.port
	}
	x, known := h.holes[f]
	if !known {
		x.outside = f.port
		if h.nat == Symmetric {
			x.outside = h.port()
		}
	}
	x.until = now + openFor
	h.holes[f] = x
	return x.outside
}

// letIn says to which port of the host a packet goes that comes from somewhere to a port of its NAT. The network's lock
// is held.
func (h *Host) letIn(now int64, from netip.AddrPort, outside uint16) (inside uint16, ok bool) {
	switch h.nat {
	case Open:
		return outside, true
	case DialOnly:
		return 0, false
	}
	for f, x := range h.holes {
		if x.until > now && x.outside == outside && (h.nat == FullCone || f.to == from) {
			return f.port, true
		}
	}
	return 0, false
}
