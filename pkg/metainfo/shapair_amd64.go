package metainfo

// hasSHABlocks tells whether this processor can run sha1Blocks and
// sha256Blocks.
var hasSHABlocks = detectSHA()

// detectSHA asks the processor for the SHA extensions, and for SSSE3 and
// SSE4.1, which the shuffles need.
func detectSHA() bool {
	if highest, _, _ := cpuid(0, 0); highest < 7 {
		return false
	}
	_, _, ecx := cpuid(1, 0)
	_, ebx, _ := cpuid(7, 0)
	return ecx&(1<<9) != 0 && ecx&(1<<19) != 0 && ebx&(1<<29) != 0
}

// sha1Blocks updates two SHA-1 states with as many blocks of 64 bytes each.
//
//go:noescape
func sha1Blocks(a, b *[5]uint32, pa, pb *byte, blocks int)

// sha256Blocks does the same for two SHA-256 states.
//
//go:noescape
func sha256Blocks(a, b *[8]uint32, pa, pb *byte, blocks int)

func cpuid(leaf, subleaf uint32) (eax, ebx, ecx uint32)
