package swarm

import (
	"slices"

	"github.com/shoal-project/shoal/internal/peer"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// wrongPiece is a v2 piece that was wrong and came from several peers: the hashes of its leaves tell who sent
// which block wrong, before the piece has been fetched again (BEP 52).
type wrongPiece struct {
	request peer.HashRequest
	root    metainfo.Hash256
	sums    []metainfo.Hash256
	from    []*Peer
}

// maxWrong bounds the pieces whose leaves are waited for.
const maxWrong = 64

// askLeaves asks a peer for the leaves of a bad piece. The lock is held.
func (t *Torrent) askLeaves(part *partial) {
	if t.info.HasV1() || len(t.wrong) >= maxWrong {
		return
	}
	root, ok := t.info.PieceRoot(part.index, t.layers)
	off := int64(part.index) * t.info.PieceLength
	n := t.info.FileAt(off)
	if !ok || n < 0 {
		return
	}
	f := &t.info.Files[n]
	count := int(t.info.PieceLength / blockSize)
	if f.Length <= t.info.PieceLength {
		count = ceilPow2(len(part.blocks))
	}
	w := &wrongPiece{
		request: peer.HashRequest{Root: f.PiecesRoot, Index: uint32((off - f.Offset) / blockSize), Length: uint32(count)},
		root:    root, from: part.from, sums: make([]metainfo.Hash256, count),
	}
	for i := range part.blocks {
		w.sums[i] = metainfo.Leaf(part.blocks[i].Load()[:part.request(i).Length])
	}
	t.wrong = append(t.wrong, w)
	for _, p := range t.peers {
		if p.v2 && p.isSeed() {
			p.conn.Send(func(b []byte) []byte { return peer.AppendHashes(b, peer.HashRequestID, w.request) })
		}
	}
}

// leavesCame compares the leaves of a piece that was wrong with what came: who sent a block that differs
// lied. Leaves that do not lead to the piece's root prove nothing. The lock is held.
func (t *Torrent) leavesCame(r peer.HashRequest, nodes []metainfo.Hash256) {
	i := slices.IndexFunc(t.wrong, func(w *wrongPiece) bool { return w.request == r })
	if i < 0 || len(nodes) != int(r.Length) || !metainfo.CheckProof(nodes, 0, len(nodes), t.wrong[i].root) {
		return
	}
	w := t.wrong[i]
	t.wrong = slices.Delete(t.wrong, i, i+1)
	var liars []*Peer
	for k, p := range w.from {
		if w.sums[k] != nodes[k] && !slices.Contains(liars, p) {
			liars = append(liars, p)
		}
	}
	for _, p := range liars {
		if t.ban(p, ErrBadData) {
			go t.warn(p.banned())
		}
	}
}
