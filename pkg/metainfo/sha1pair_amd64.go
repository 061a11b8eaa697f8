package metainfo

// hasSHA1Blocks tells whether this processor can run sha1Blocks.
var hasSHA1Blocks = detectSHA()

// detectSHA asks the processor for the SHA extensions and for SSSE3, which
// the shuffles need.
func detectSHA() bool {
	if highest, _, _ := cpuid(0, 0); highest < 7 {
		return false
	}
	_, _, ecx := cpuid(1, 0)
	_, ebx, _ := cpuid(7, 0)
	return ecx&(1<<9) != 0 && ebx&(1<<29) != 0
}

// sha1Blocks updates two SHA-1 states with as many blocks of 64 bytes each.
//
//go:noescape
func sha1Blocks(a, b *[5]uint32, pa, pb *byte, blocks int)

func cpuid(leaf, subleaf uint32) (eax, ebx, ecx uint32)
