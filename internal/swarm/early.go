package swarm

import "errors"

// early is what a peer says of its pieces before their number is known.
type early struct {
	bitfield []byte
	all      bool
	haves    []uint32
}

// Bounds of what is kept of it: messages of one peer, and bytes of all.
const (
	maxEarlyHaves = 1 << 16
	maxEarlyBytes = 16 << 20
)

var errTooEarly = errors.New("it tells too much of its pieces before the metadata is known")

func (e early) bytes() int { return len(e.bitfield) + 4*len(e.haves) }

// keepEarly replaces what is kept of the peer's pieces. The lock is held.
func (p *Peer) keepEarly(e early) error {
	p.t.earlyBytes += e.bytes() - p.early.bytes()
	p.early = e
	if len(e.haves) > maxEarlyHaves || p.t.earlyBytes > maxEarlyBytes {
		return errTooEarly
	}
	return nil
}

// dropEarly forgets it. The lock is held.
func (p *Peer) dropEarly() {
	p.t.earlyBytes -= p.early.bytes()
	p.early = early{}
}
