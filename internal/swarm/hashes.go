package swarm

import (
	"math/bits"
	"time"

	"github.com/shoal-project/shoal/internal/peer"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

const (
	layerChunk  = 512              // hashes of one request (BEP 52)
	hashTimeout = 10 * time.Second // for one answer
	maxLeaves   = 512              // leaves that we hash for one request of a peer
	leafPause   = 50 * time.Millisecond
)

// layer is the piece layer of one file while peers give it (BEP 52).
type layer struct {
	file   *metainfo.File
	pieces int
	width  int // pieces, rounded up to a power of two
	nodes  []byte
	chunks []chunk
	left   int
}

// chunk is a part of a layer that is asked for with one request.
type chunk struct {
	done bool
	of   *Peer // who is asked
	by   time.Time
}

// needLayers lists the piece layers that are not known: without them nothing of a v2 torrent can be verified.
// The lock is held.
func (t *Torrent) needLayers() {
	if t.info.HasV1() {
		return
	}
	seen := make(map[metainfo.Hash256]bool)
	for i := range t.info.Files {
		f := &t.info.Files[i]
		if f.Length <= t.info.PieceLength || t.layers[f.PiecesRoot] != nil || seen[f.PiecesRoot] {
			continue
		}
		seen[f.PiecesRoot] = true
		n := int((f.Length + t.info.PieceLength - 1) / t.info.PieceLength)
		l := &layer{file: f, pieces: n, width: ceilPow2(n), nodes: make([]byte, 32*n)}
		l.left = (n + layerChunk - 1) / layerChunk
		l.chunks = make([]chunk, l.left)
		t.wantLayers = append(t.wantLayers, l)
	}
}

func ceilPow2(n int) int { return 1 << bits.Len(uint(n-1)) }

// layersKnown reports whether every piece can be verified.
func (t *Torrent) layersKnown() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.wantLayers) == 0
}

// pieceBase is the layer of the pieces' roots in the files' trees.
func (t *Torrent) pieceBase() int {
	return bits.TrailingZeros64(uint64(t.info.PieceLength / blockSize))
}

// askLayers asks peers for what is missing of the piece layers. The lock is held.
func (t *Torrent) askLayers(now time.Time) {
	for _, l := range t.wantLayers {
		for i := range l.chunks {
			c := &l.chunks[i]
			if c.done || c.of != nil && !c.of.gone && now.Before(c.by) {
				continue
			}
			if c.of != nil {
				c.of.noHashes = true // it was silent, or left
			}
			p := t.hashPeer()
			if p == nil {
				return
			}
			c.of, c.by = p, now.Add(hashTimeout)
			r := t.layerRequest(l, i)
			p.hashesAsked++
			p.conn.Send(func(b []byte) []byte { return peer.AppendHashes(b, peer.HashRequestID, r) })
		}
	}
}

// layerRequest names chunk i of a layer, with the uncles that lead to the file's root.
func (t *Torrent) layerRequest(l *layer, i int) peer.HashRequest {
	count := min(layerChunk, l.width)
	return peer.HashRequest{
		Root: l.file.PiecesRoot, Base: uint32(t.pieceBase()), Index: uint32(i * count), Length: uint32(count),
		Proof: uint32(bits.TrailingZeros(uint(l.width)) - 1),
	}
}

// hashPeer chooses who is asked for hashes: who was asked least. The lock is held.
func (t *Torrent) hashPeer() (best *Peer) {
	for _, p := range t.peers {
		if p.v2 && !p.noHashes && (best == nil || p.hashesAsked < best.hashesAsked) {
			best = p
		}
	}
	return best
}

// onHashes takes an answer to one of our requests.
func (p *Peer) onHashes(payload []byte) error {
	r, hashes, err := peer.ParseHashes(payload)
	if err != nil {
		return err
	}
	nodes := make([]metainfo.Hash256, len(hashes))
	for i, h := range hashes {
		nodes[i] = h
	}
	t := p.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.info == nil || r.Length == 0 || int(r.Length) > len(nodes) {
		return nil
	}
	for n, l := range t.wantLayers {
		i := int(r.Index) / layerChunk
		if l.file.PiecesRoot != r.Root || i >= len(l.chunks) || l.chunks[i].done || r != t.layerRequest(l, i) {
			continue
		}
		if !metainfo.CheckProof(nodes, int(r.Index), int(r.Length), l.file.PiecesRoot) {
			t.ban(p, ErrBadData)
			return ErrBadData
		}
		for k := int(r.Index); k < min(l.pieces, int(r.Index+r.Length)); k++ {
			copy(l.nodes[32*k:], nodes[k-int(r.Index)][:])
		}
		l.chunks[i] = chunk{done: true}
		if l.left--; l.left == 0 {
			t.layers[l.file.PiecesRoot] = l.nodes
			t.wantLayers = append(t.wantLayers[:n:n], t.wantLayers[n+1:]...)
			t.signal()
		}
		return nil
	}
	if r.Base == 0 { // with pieces of 16 KiB the layer of the pieces is that of the leaves
		t.leavesCame(r, nodes)
	}
	return nil
}

// onHashReject hears that the peer does not have hashes.
func (p *Peer) onHashReject() {
	t := p.t
	t.mu.Lock()
	defer t.mu.Unlock()
	p.noHashes = true
	if t.info != nil {
		t.askLayers(time.Now().Add(hashTimeout))
	}
}

// onHashRequest answers a peer that wants hashes.
func (p *Peer) onHashRequest(payload []byte) error {
	r, _, err := peer.ParseHashes(payload)
	if err != nil {
		return err
	}
	taken := p.conn.Answer(func(b []byte) []byte {
		hashes, ok := p.t.hashesFor(p, r)
		if !ok {
			return peer.AppendHashes(b, peer.HashRejectID, r)
		}
		raw := make([][32]byte, len(hashes))
		for i, h := range hashes {
			raw[i] = h
		}
		return peer.AppendHashes(b, peer.HashesID, r, raw...)
	})
	if !taken {
		return errFlood
	}
	return nil
}

// hashesFor finds the answer to a request for hashes: of a piece layer, or of the leaves of pieces that
// we have.
func (t *Torrent) hashesFor(p *Peer, r peer.HashRequest) ([]metainfo.Hash256, bool) {
	t.mu.Lock()
	info := t.info
	var tree *metainfo.Tree
	if info != nil && int(r.Base) == t.pieceBase() {
		tree = t.pieceTree(r.Root)
	}
	leaves := info != nil && r.Base == 0 && t.ready.Load() && time.Since(p.leavesAt) > leafPause
	if leaves {
		p.leavesAt = time.Now()
	}
	t.mu.Unlock()
	switch {
	case tree != nil:
		return tree.Proof(int(r.Index), int(r.Length), int(r.Proof))
	case leaves:
		return t.leaves(r)
	}
	return nil, false
}

// pieceTree is the tree over a file's piece layer; the last one is kept, since requests for one file
// come together. The lock is held.
func (t *Torrent) pieceTree(root metainfo.Hash256) *metainfo.Tree {
	nodes := t.layers[root]
	if nodes == nil {
		return nil
	}
	if t.tree == nil || t.treeRoot != root {
		t.tree, t.treeRoot = t.info.PieceTree(nodes), root
	}
	return t.tree
}

// leaves hashes blocks that we have, for a peer that looks for a bad one in a piece. It needs no uncles, as whoever
// asks knows the piece's root.
func (t *Torrent) leaves(r peer.HashRequest) ([]metainfo.Hash256, bool) {
	if r.Length < 1 || r.Length > maxLeaves || r.Length&(r.Length-1) != 0 || r.Index%r.Length != 0 || r.Proof != 0 {
		return nil, false
	}
	f := t.fileOf(r.Root)
	from := int64(r.Index) * blockSize
	if f == nil || from >= f.Length {
		return nil, false
	}
	out := make([]metainfo.Hash256, r.Length)
	buf := make([]byte, blockSize)
	for i := range out {
		at := from + int64(i)*blockSize
		if at >= f.Length {
			break // beyond the end of the file leaves are zero
		}
		b := buf[:min(blockSize, f.Length-at)]
		if !t.have.has(int((f.Offset+at)/t.info.PieceLength)) || t.storage.ReadVec([][]byte{b}, f.Offset+at) != nil {
			return nil, false
		}
		out[i] = metainfo.Leaf(b)
	}
	return out, true
}

// fileOf finds a file by the root of its tree.
func (t *Torrent) fileOf(root metainfo.Hash256) *metainfo.File {
	for i := range t.info.Files {
		if f := &t.info.Files[i]; f.PiecesRoot == root && f.Length > 0 {
			return f
		}
	}
	return nil
}
