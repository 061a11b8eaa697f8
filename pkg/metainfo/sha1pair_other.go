//go:build !amd64

package metainfo

// hasSHA1Blocks is false where two inputs at once are no faster than one
// after the other.
const hasSHA1Blocks = false

func sha1Blocks(a, b *[5]uint32, pa, pb *byte, blocks int) {}
