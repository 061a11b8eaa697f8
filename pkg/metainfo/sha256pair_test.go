package metainfo

import (
	"crypto/sha256"
	"testing"
)

func TestSum256Pair(t *testing.T) {
	data := []byte(noise(7, 2*1300))
	for n := range 1300 {
		a, b := data[:n], data[1300:1300+n]
		if gotA, gotB := sum256Pair(a, b); gotA != sha256.Sum256(a) || gotB != sha256.Sum256(b) {
			t.Fatalf("%d bytes: got %v %v", n, gotA, gotB)
		}
	}
	if gotA, gotB := sum256Pair(data[:100], data[:300]); gotA != sha256.Sum256(data[:100]) || gotB != sha256.Sum256(data[:300]) {
		t.Error("different lengths: wrong")
	}
}

func BenchmarkSum256Pair(b *testing.B) {
	for _, n := range []int{64, leafLength} {
		x, y := make([]byte, n), make([]byte, n)
		b.Run("pair", func(b *testing.B) {
			b.SetBytes(int64(2 * n))
			for b.Loop() {
				sum256Pair(x, y)
			}
		})
		b.Run("plain", func(b *testing.B) {
			b.SetBytes(int64(2 * n))
			for b.Loop() {
				sha256.Sum256(x)
				sha256.Sum256(y)
			}
		})
	}
}
