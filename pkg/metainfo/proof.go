package metainfo

import "math/bits"

// MaxProofHashes is the most hashes of one layer that a request may ask for.
// BEP 52 recommends 512.
const MaxProofHashes = 8192

// Tree is a merkle tree from some layer up to its root, kept whole so that it
// can answer many hash requests (BEP 52). It does not change.
type Tree struct {
	levels [][]Hash256 // without the nodes that only fill up
	pads   []Hash256   // for each level, what fills it up
}

// NewTree builds a tree over the nodes of one layer, filled up with pad to
// width, a power of two. The result takes twice the memory of nodes.
func NewTree(nodes []Hash256, pad Hash256, width int) *Tree {
	t := &Tree{}
	for {
		t.levels = append(t.levels, nodes)
		t.pads = append(t.pads, pad)
		if width <= 1 {
			return t
		}
		above := append(make([]Hash256, 0, len(nodes)+1), nodes...)
		if len(above)%2 == 1 {
			above = append(above, pad)
		}
		nodes, pad, width = level(above), node256(pad, pad), width/2
	}
}

// PieceTree builds the tree over the piece layer of a v2 file, which
// CheckLayer has found to be right.
func (i *Info) PieceTree(layer []byte) *Tree {
	nodes := make([]Hash256, len(layer)/len(Hash256{}))
	for n := range nodes {
		nodes[n] = Hash256(layer[n*len(Hash256{}):])
	}
	return NewTree(nodes, ZeroRoot(int(i.PieceLength/leafLength)), ceilPow2(len(nodes)))
}

// Root returns the root of the tree.
func (t *Tree) Root() Hash256 { return t.node(len(t.levels)-1, 0) }

// node returns a node by its level, 0 at the bottom, and its place there.
func (t *Tree) node(level, index int) Hash256 {
	if index < len(t.levels[level]) {
		return t.levels[level][index]
	}
	return t.pads[level]
}

// Proof returns what answers a hash request for the bottom layer of the tree:
// count hashes from index on, and then the uncles that lead from them
// proofLayers layers up. Layers that follow from the hashes themselves have no
// uncle, but count. It returns false for a request that BEP 52 does not allow:
// count is a power of two from 2 on, and index a multiple of it.
func (t *Tree) Proof(index, count, proofLayers int) ([]Hash256, bool) {
	top := len(t.levels) - 1
	switch {
	case count < 2 || count > MaxProofHashes || count&(count-1) != 0:
		return nil, false
	case index < 0 || index%count != 0 || index+count > 1<<top:
		return nil, false
	case proofLayers < 0 || proofLayers >= top:
		return nil, false
	}
	hashes := make([]Hash256, 0, count+proofLayers)
	for n := index; n < index+count; n++ {
		hashes = append(hashes, t.node(0, n))
	}
	return append(hashes, t.Uncles(index, log2(count), proofLayers)...), true
}

// Uncles returns the siblings of the nodes above node index of the bottom
// layer, from one level up to and with another. It returns none for levels
// that the tree does not have below its root.
func (t *Tree) Uncles(index, from, to int) []Hash256 {
	var uncles []Hash256
	for level := from; level <= min(to, len(t.levels)-2); level++ {
		uncles = append(uncles, t.node(level, index>>level^1))
	}
	return uncles
}

// CheckProof checks an answer to a hash request: count hashes of one layer
// from index on, and uncles. It returns whether they lead to root, which is
// the root of the file or any node above that is known already.
func CheckProof(hashes []Hash256, index, count int, root Hash256) bool {
	if count < 1 || count&(count-1) != 0 || count > len(hashes) || index < 0 || index%count != 0 {
		return false
	}
	node := Root(append([]Hash256(nil), hashes[:count]...), Hash256{}, count)
	place := index / count
	for _, uncle := range hashes[count:] {
		if place&1 == 0 {
			node = node256(node, uncle)
		} else {
			node = node256(uncle, node)
		}
		place >>= 1
	}
	return node == root
}

// ProofUncles returns how many uncles an answer to a hash request has behind
// its count hashes.
func ProofUncles(count, proofLayers int) int {
	return max(0, proofLayers-(log2(count)-1))
}

// log2 returns the logarithm of a power of two.
func log2(n int) int { return bits.Len(uint(n)) - 1 }
