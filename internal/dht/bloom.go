package dht

import (
	"crypto/sha1" //nolint:gosec // BEP 33 prescribes it
	"math"
	"math/bits"
	"net/netip"
)

// bloom is a filter that counts addresses (BEP 33).
type bloom [256]byte

const (
	bloomBits   = 8 * len(bloom{})
	bloomHashes = 2 // bits that an address sets
)

func (f *bloom) places(ip netip.Addr) [bloomHashes]int {
	sum := sha1.Sum(ip.AsSlice()) //nolint:gosec // see above
	return [bloomHashes]int{
		(int(sum[0]) | int(sum[1])<<8) % bloomBits,
		(int(sum[2]) | int(sum[3])<<8) % bloomBits,
	}
}

func (f *bloom) add(ip netip.Addr) {
	for _, i := range f.places(ip) {
		f[i/8] |= 1 << (i % 8)
	}
}

// has reports whether an address is probably in the filter.
func (f *bloom) has(ip netip.Addr) bool {
	for _, i := range f.places(ip) {
		if f[i/8]&(1<<(i%8)) == 0 {
			return false
		}
	}
	return true
}

// join takes in all that is in another filter.
func (f *bloom) join(other *bloom) {
	for i, b := range other {
		f[i] |= b
	}
}

// estimate is about how many addresses are in the filter. From some 6000 on it is worth nothing.
func (f *bloom) estimate() float64 {
	zeros := bloomBits
	for _, b := range f {
		zeros -= bits.OnesCount8(b)
	}
	const m = float64(bloomBits)
	c := math.Min(m-1, math.Max(float64(zeros), 1))
	if zeros == bloomBits {
		return 0
	}
	return math.Log(c/m) / (bloomHashes * math.Log(1-1/m))
}
