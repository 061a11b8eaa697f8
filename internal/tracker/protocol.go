package tracker

import (
	"net/netip"
	"time"
)

// maxPeers bounds the addresses taken from one reply.
const maxPeers = 2000

// Events of an announce, by their numbers in BEP 15, which has none for the last.
type event uint32

const (
	eventNone event = iota
	eventCompleted
	eventStarted
	eventStopped
	eventPaused // BEP 21: we have not all, and want no more
)

// String is the event's name in BEP 3 and BEP 21.
func (e event) String() string {
	return [...]string{"", "completed", "started", "stopped", "paused"}[e]
}

// request is what one announce says.
type request struct {
	infoHash, peerID [20]byte
	port             uint16
	key              uint32
	want             int
	crypto           Crypto
	event            event
	stats            Stats
	trackerID        string
	done             bool // we were complete when it was made; no tracker is told so
}

// reply is what a tracker answered, within the bounds of the package. Its warning is as it came: secrets
// and length are target.text's business.
type reply struct {
	Counts
	interval, minInterval time.Duration // 0 unknown
	peers                 []netip.AddrPort
	warning, trackerID    string
	external              netip.Addr
}

// with joins the answers over two families, of which either may be nil.
func (r *reply) with(o *reply) *reply {
	if r == nil {
		return o
	}
	r.interval = max(r.interval, o.interval)
	r.minInterval = max(r.minInterval, o.minInterval)
	r.Counts = r.most(o.Counts)
	r.peers = append(r.peers, o.peers...)
	if r.warning == "" {
		r.warning = o.warning
	}
	if r.trackerID == "" {
		r.trackerID = o.trackerID
	}
	return r
}

// Failure is what a tracker answered instead of peers.
type Failure struct {
	// Reason is its text, unescaped. In what this package hands out it has at most 256 bytes and none of
	// the secrets of the tracker's URL.
	Reason string

	retry time.Duration // BEP 31; 0 unknown
	never bool          // BEP 31: not to be asked again
}

func (f *Failure) Error() string { return "tracker refused: " + f.Reason }

// usablePeer reports whether an address can be that of a peer at all.
func usablePeer(p netip.AddrPort) bool {
	ip := p.Addr()
	return p.Port() != 0 && ip.IsValid() && !ip.IsUnspecified() && !ip.IsMulticast() &&
		ip != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// appendCompact reads addresses in the compact form of BEP 23 and BEP 7: the bytes of the address, of
// which there are size, and two of the port. What is left over at the end is ignored, and so is what
// is no address or beyond maxPeers.
func appendCompact(peers []netip.AddrPort, b []byte, size int) []netip.AddrPort {
	for ; len(b) >= size+2 && len(peers) < maxPeers; b = b[size+2:] {
		ip, _ := netip.AddrFromSlice(b[:size])
		p := netip.AddrPortFrom(ip.Unmap(), uint16(b[size])<<8|uint16(b[size+1]))
		if usablePeer(p) {
			peers = append(peers, p)
		}
	}
	return peers
}
