//go:build !amd64

package metainfo

// hasSHABlocks is false where two inputs at once are no faster than one
// after the other; nothing below is called then.
const hasSHABlocks = false

func sha1Blocks(a, b *[5]uint32, pa, pb *byte, blocks int) {}

func sha256Blocks(a, b *[8]uint32, pa, pb *byte, blocks int) {}
