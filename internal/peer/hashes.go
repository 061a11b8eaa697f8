package peer

import (
	"encoding/binary"
	"fmt"
)

const (
	hashRequestSize = 32 + 4*4
	maxHashes       = 8192 + 64 // of one message: what may be asked for, and uncles
)

// HashRequest names hashes of a file's merkle tree (BEP 52 "hash request"): Length hashes of layer Base (0 are
// the leaves) from Index on, and uncles for Proof layers.
type HashRequest struct {
	Root                       [32]byte
	Base, Index, Length, Proof uint32
}

// ParseHashes reads the payload of a hash request, hashes or hash reject message; the hashes are those of the second.
func ParseHashes(b []byte) (r HashRequest, hashes [][32]byte, err error) {
	if len(b) < hashRequestSize || (len(b)-hashRequestSize)%32 != 0 {
		return r, nil, fmt.Errorf("read hash message: it has %d bytes", len(b))
	}
	copy(r.Root[:], b)
	r.Base = binary.BigEndian.Uint32(b[32:])
	r.Index = binary.BigEndian.Uint32(b[36:])
	r.Length = binary.BigEndian.Uint32(b[40:])
	r.Proof = binary.BigEndian.Uint32(b[44:])
	for b = b[hashRequestSize:]; len(b) > 0; b = b[32:] {
		hashes = append(hashes, [32]byte(b))
	}
	return r, hashes, nil
}

// AppendHashes appends a message about hashes: a request, a reject, or the hashes.
func AppendHashes(b []byte, id ID, r HashRequest, hashes ...[32]byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(1+hashRequestSize+32*len(hashes)))
	b = append(append(b, byte(id)), r.Root[:]...)
	for _, v := range []uint32{r.Base, r.Index, r.Length, r.Proof} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	for _, h := range hashes {
		b = append(b, h[:]...)
	}
	return b
}
