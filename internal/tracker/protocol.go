package tracker

import (
	"net/netip"
	"time"
	"unicode/utf8"
)

const (
	// maxPeers bounds the addresses taken from one reply.
	maxPeers = 2000
	// maxText bounds what is kept of a text that a tracker sent, in bytes.
	maxText = 256
)

// Events of an announce, by their numbers in BEP 15.
type event uint32

const (
	eventNone event = iota
	eventCompleted
	eventStarted
	eventStopped
)

// String is the event's name in BEP 3.
func (e event) String() string {
	return [...]string{"", "completed", "started", "stopped"}[e]
}

// request is what one announce says.
type request struct {
	infoHash, peerID [20]byte
	port             uint16
	key              uint32
	want             int
	event            event
	stats            Stats
	trackerID        string
}

// reply is what a tracker answered, within the bounds of the package. Negative counts are unknown.
type reply struct {
	interval, minInterval time.Duration // 0 unknown
	seeders, leechers     int
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
	r.seeders = max(r.seeders, o.seeders)
	r.leechers = max(r.leechers, o.leechers)
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
	// Reason is its text, at most 256 bytes, unescaped, without secrets of the tracker's URL.
	Reason string

	retry time.Duration // BEP 31; 0 unknown
	never bool          // BEP 31: not to be asked again
}

func (f *Failure) Error() string { return "tracker refused: " + f.Reason }

// bounded cuts a text down to maxText bytes, and not within a character.
func bounded(s string) string {
	if len(s) <= maxText {
		return s
	}
	cut := maxText
	for cut > maxText-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut]
}

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
