package swarm

import (
	"github.com/shoal-project/shoal/internal/peer"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// Names are the infohashes of a torrent; one that it does not have, or that is not known yet, is zero. The wire knows a v2
// infohash by its first 20 bytes.
type Names struct {
	V1 metainfo.Hash
	V2 metainfo.Hash256
}

// Names are what the torrent is known by. The metadata of a link with one infohash may show that there is another one.
func (t *Torrent) Names() Names { return *t.names.Load() }

// learnNames takes the infohashes of the info dictionary.
func (t *Torrent) learnNames(info *metainfo.Info) {
	var n Names
	if info.HasV1() {
		n.V1 = info.InfoHash()
	}
	n.V2, _ = info.InfoHashV2()
	t.names.Store(&n)
}

// Handshake is our side of the handshake for this torrent. A torrent with both infohashes opens with the
// v1 one and says that the answer may be the v2 one (BEP 52 "upgrade path").
func (t *Torrent) Handshake() peer.Handshake {
	n := t.Names()
	h := peer.Handshake{Reserved: peer.Ours(t.cfg.DHTPort != 0), PeerID: t.cfg.PeerID, InfoHash: n.V1}
	switch {
	case n.V1.IsZero():
		h.InfoHash = n.V2.Short()
	case !n.V2.IsZero():
		h.Reserved = h.Reserved.WithV2()
	}
	return h
}

// Answer is our side of the handshake to a peer that connected: with the v2 infohash if it speaks v2.
func (t *Torrent) Answer(hs peer.Handshake) peer.Handshake {
	n, h := t.Names(), t.Handshake()
	h.InfoHash = hs.InfoHash
	if !n.V2.IsZero() && hs.Reserved.V2() {
		h.InfoHash = n.V2.Short()
	}
	return h
}

// Named reports whether an infohash on the wire is the torrent's.
func (t *Torrent) Named(h [20]byte) bool {
	n := t.Names()
	return !n.V1.IsZero() && h == n.V1 || !n.V2.IsZero() && h == n.V2.Short()
}

// speaksV2 reports whether a connection is a v2 one after both handshakes: it has the v2 infohash, or was
// upgraded to it.
func (t *Torrent) speaksV2(theirs peer.Handshake, incoming bool) bool {
	n := t.Names()
	if n.V2.IsZero() {
		return false
	}
	return theirs.InfoHash == n.V2.Short() || incoming && theirs.Reserved.V2()
}
