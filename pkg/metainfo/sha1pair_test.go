package metainfo

import (
	"crypto/sha1"
	"math/rand/v2"
	"testing"
)

func TestHashPair(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, 2*1300)
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	for n := range 1300 {
		a, b := data[:n], data[1300:1300+n]
		gotA, gotB := HashPair(a, b)
		if gotA != sha1.Sum(a) || gotB != sha1.Sum(b) {
			t.Fatalf("%d bytes: got %v %v", n, gotA, gotB)
		}
	}
	if gotA, gotB := HashPair(data[:100], data[:300]); gotA != sha1.Sum(data[:100]) || gotB != sha1.Sum(data[:300]) {
		t.Error("different lengths: wrong")
	}
}

func TestSHA1PairInParts(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	a, b := make([]byte, 100_000), make([]byte, 100_000)
	for i := range a {
		a[i], b[i] = byte(rng.Uint32()), byte(rng.Uint32())
	}
	var p SHA1Pair
	for range 200 {
		n := rng.IntN(len(a))
		p.Reset()
		for at := 0; at < n; {
			step := min(n-at, 64*rng.IntN(300))
			p.Write(a[at:at+step], b[at:at+step])
			at += step
		}
		if gotA, gotB := p.Sums(); gotA != sha1.Sum(a[:n]) || gotB != sha1.Sum(b[:n]) {
			t.Fatalf("%d bytes: wrong", n)
		}
	}
}

func BenchmarkHashPair(b *testing.B) {
	x, y := make([]byte, 256<<10), make([]byte, 256<<10)
	b.SetBytes(int64(len(x) + len(y)))
	for b.Loop() {
		HashPair(x, y)
	}
}
