package metainfo

import (
	"crypto/sha256"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// plainRoot is the merkle root computed the plainest way.
func plainRoot(nodes []Hash256, pad Hash256, width int) Hash256 {
	full := append([]Hash256(nil), nodes...)
	for len(full) < width {
		full = append(full, pad)
	}
	for len(full) > 1 {
		for i := range len(full) / 2 {
			full[i] = sha256.Sum256(append(append([]byte(nil), full[2*i][:]...), full[2*i+1][:]...))
		}
		full = full[:len(full)/2]
	}
	return full[0]
}

func someNodes(n int) []Hash256 {
	nodes := make([]Hash256, n)
	for i := range nodes {
		nodes[i] = Leaf([]byte{byte(i), byte(i >> 8)})
	}
	return nodes
}

func TestRoot(t *testing.T) {
	pad := Leaf([]byte("pad"))
	for n := range 70 {
		for width := ceilPow2(n); width <= 256; width *= 2 {
			nodes := someNodes(n)
			want := plainRoot(nodes, pad, width)
			if got := Root(someNodes(n), pad, width); got != want {
				t.Fatalf("%d nodes in %d: got %v, want %v", n, width, got, want)
			}
			if got := NewTree(nodes, pad, width).Root(); got != want {
				t.Fatalf("tree of %d nodes in %d: got %v, want %v", n, width, got, want)
			}
		}
	}
}

func TestZeroRoot(t *testing.T) {
	for width := 1; width <= 64; width *= 2 {
		if got, want := ZeroRoot(width), plainRoot(nil, Hash256{}, width); got != want {
			t.Errorf("%d leaves: got %v, want %v", width, got, want)
		}
	}
}

func TestLayerRoot(t *testing.T) {
	pad := ZeroRoot(4)
	for _, n := range []int{2, 3, 1023, 1024, 1025, 2048, 2049, 5000} {
		var layer []byte
		for _, node := range someNodes(n) {
			layer = append(layer, node[:]...)
		}
		if got, want := layerRoot(layer, pad), plainRoot(someNodes(n), pad, ceilPow2(n)); got != want {
			t.Errorf("%d pieces: got %v, want %v", n, got, want)
		}
	}
}

func TestProof(t *testing.T) {
	pad := ZeroRoot(16)
	for _, n := range []int{2, 3, 4, 5, 31, 32, 33, 100} {
		width := ceilPow2(n)
		tree := NewTree(someNodes(n), pad, width)
		for count := 2; count <= width; count *= 2 {
			for index := 0; index < width; index += count {
				checkProof(t, tree, index, count, log2(width)-1)
			}
		}
	}
}

func checkProof(t *testing.T, tree *Tree, index, count, layers int) {
	t.Helper()
	hashes, ok := tree.Proof(index, count, layers)
	if !ok || len(hashes) != count+ProofUncles(count, layers) || !CheckProof(hashes, index, count, tree.Root()) {
		t.Fatalf("index %d, count %d, layers %d: got %d hashes, %v", index, count, layers, len(hashes), ok)
	}
	for n := range hashes {
		wrong := append([]Hash256(nil), hashes...)
		wrong[n][5] ^= 1
		if CheckProof(wrong, index, count, tree.Root()) {
			t.Fatalf("index %d, count %d: a wrong hash %d is not seen", index, count, n)
		}
	}
	padding := index >= len(tree.levels[0]) // is the same everywhere
	if other := index ^ count; CheckProof(hashes, other, count, tree.Root()) && len(hashes) > count && !padding {
		t.Fatalf("index %d, count %d: proves %d as well", index, count, other)
	}
}

// TestProofOfLeaf proves leaves with a tree over one piece and a tree over the
// pieces, as a client does that does not keep all leaves.
func TestProofOfLeaf(t *testing.T) {
	const perPiece, pieces = 8, 5
	leaves := someNodes(perPiece*pieces - 3)
	whole := NewTree(leaves, Hash256{}, ceilPow2(len(leaves)))
	var layer []Hash256
	for p := range pieces {
		part := append([]Hash256(nil), leaves[p*perPiece:min((p+1)*perPiece, len(leaves))]...)
		layer = append(layer, Root(part, Hash256{}, perPiece))
	}
	upper := NewTree(layer, ZeroRoot(perPiece), ceilPow2(pieces))
	for p := range pieces {
		part := leaves[p*perPiece : min((p+1)*perPiece, len(leaves))]
		lower := NewTree(part, Hash256{}, perPiece)
		hashes, ok := lower.Proof(4, 2, log2(perPiece)-1)
		hashes = append(hashes, upper.Uncles(p, 0, 10)...)
		if !ok || !CheckProof(hashes, p*perPiece+4, 2, whole.Root()) {
			t.Errorf("piece %d: not proved", p)
		}
	}
}

func TestProofRefuses(t *testing.T) {
	tree := NewTree(someNodes(10), Hash256{}, 16)
	for _, r := range [][3]int{
		{0, 0, 0}, {0, 1, 0}, {0, 3, 0}, {0, -2, 0}, {0, 32, 0}, {1, 2, 0}, {-2, 2, 0},
		{16, 2, 0}, {0, 2, -1}, {0, 2, 4}, {1 << 30, 2, 0}, {0, 1 << 30, 0},
	} {
		if _, ok := tree.Proof(r[0], r[1], r[2]); ok {
			t.Errorf("%v: answered", r)
		}
	}
	for _, r := range [][2]int{{0, 0}, {0, 3}, {0, 4}, {1, 2}, {-2, 2}} {
		if CheckProof(someNodes(3), r[0], r[1], Hash256{}) {
			t.Errorf("%v: right", r)
		}
	}
}

// TestPieceTree checks that a created file's layer leads to its root.
func TestPieceTree(t *testing.T) {
	root := writeTree(t, map[string]string{"f": noise(1, 1_000_000)})
	m := create(t, Options{Path: root, Format: V2, PieceLength: 32 << 10})
	f := &m.Info.Files[0]
	tree := m.Info.PieceTree(m.PieceLayers[f.PiecesRoot])
	if tree.Root() != f.PiecesRoot {
		t.Fatal("the tree does not lead to the root")
	}
	for p := range m.Info.NumPieces() {
		got, ok := m.Info.PieceRoot(p, m.PieceLayers)
		if !ok || got != tree.node(0, p) {
			t.Errorf("piece %d: got %v %v", p, got, ok)
		}
	}
	content, err := os.ReadFile(filepath.Join(root, "f"))
	if err != nil {
		t.Fatal(err)
	}
	for p := range m.Info.NumPieces() {
		start := int64(p) * m.Info.PieceLength
		data := content[start : start+m.Info.PieceSize(p)]
		if want, _ := m.Info.PieceRoot(p, m.PieceLayers); m.Info.MerkleRoot(p, data) != want {
			t.Errorf("piece %d has another root", p)
		}
	}
	if _, ok := m.Info.PieceRoot(0, nil); ok {
		t.Error("a piece root without a layer")
	}
	layer := []byte(m.PieceLayers[f.PiecesRoot])
	for range 20 {
		at := rand.IntN(len(layer))
		layer[at] ^= 1
		if m.Info.CheckLayer(f, layer) == nil {
			t.Errorf("a wrong byte %d is not seen", at)
		}
		layer[at] ^= 1
	}
	if m.Info.CheckLayer(f, layer) != nil || m.Info.CheckLayer(f, layer[32:]) == nil {
		t.Error("a layer is judged by its length")
	}
}
