// Package peer owns one connection to one peer: the handshake, the framing of messages, a read loop
// that puts blocks straight from the socket into the memory they stay in, and a write loop that sends
// many messages with one call. It knows the wire (BEP 3, 6, 9, 10, 11) and must not know what a
// torrent wants: which pieces are asked of whom, who is choked and where data lies are told to it
// through Handler, Memory and Source.
//
// # The way of a block
//
// While blocks are expected, each read offers the kernel a row of buffers: what is left of the
// current message, then pairs of a 13-byte header and a 16 KiB block. A seeder that answers requests
// in order fills headers and blocks exactly as they were laid out, so a single readv brings several
// blocks to their final place: nothing is copied, locked or allocated for a block. When another message
// comes in between, the bytes after it lie in the wrong buffers and are copied; the next read starts
// aligned again.
package peer

// BlockSize is the unit of requests: 16 KiB, what every client asks for and the most that many
// serve.
const BlockSize = 1 << 14

// Block is the memory of one block.
type Block = [BlockSize]byte
