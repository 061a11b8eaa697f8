package peer

import (
	"encoding/binary"
	"fmt"
)

// ID is the kind of a message.
type ID byte

// Message kinds: BEP 3, then BEP 5 (port), BEP 6 (suggest to allowed fast), BEP 10 (extended) and
// BEP 52 (hashes).
const (
	Choke         ID = 0
	Unchoke       ID = 1
	Interested    ID = 2
	NotInterested ID = 3
	Have          ID = 4
	Bitfield      ID = 5
	RequestID     ID = 6
	Piece         ID = 7
	Cancel        ID = 8
	Port          ID = 9
	Suggest       ID = 13
	HaveAll       ID = 14
	HaveNone      ID = 15
	Reject        ID = 16
	AllowedFast   ID = 17
	Extended      ID = 20
	HashRequestID ID = 21 // BEP 52, as the next two
	HashesID      ID = 22
	HashRejectID  ID = 23
)

// Limits on the length of a message, the id included (design: bounded by type).
const (
	maxBitfield = 1 + 2_097_152/8
	maxExtended = 64 << 10
	maxUnknown  = 32 << 10
	pieceHeader = 9 // id, index, begin
)

// Request names a block: piece index, offset in the piece and length in bytes (BEP 3 "request").
type Request struct{ Index, Begin, Length uint32 }

// checkLength says whether a message of kind id may be n bytes long (id included).
func checkLength(id ID, n uint32) error {
	lo, hi := uint32(1), uint32(1)
	switch id {
	case Choke, Unchoke, Interested, NotInterested, HaveAll, HaveNone:
	case Have, Suggest, AllowedFast:
		lo, hi = 5, 5
	case Port:
		lo, hi = 3, 3
	case RequestID, Cancel, Reject:
		lo, hi = 13, 13
	case Piece:
		lo, hi = pieceHeader, pieceHeader+BlockSize
	case Bitfield:
		lo, hi = 1, maxBitfield
	case Extended:
		lo, hi = 2, maxExtended
	case HashRequestID, HashRejectID:
		lo, hi = 1+hashRequestSize, 1+hashRequestSize
	case HashesID:
		lo, hi = 1+hashRequestSize, 1+hashRequestSize+maxHashes*32
	default:
		hi = maxUnknown
	}
	if n < lo || n > hi {
		return fmt.Errorf("read message %d: length %d is not in %d to %d", id, n, lo, hi)
	}
	return nil
}

// parseRequest reads the twelve bytes behind the id of request, cancel and reject.
func parseRequest(b []byte) Request {
	return Request{
		Index:  binary.BigEndian.Uint32(b),
		Begin:  binary.BigEndian.Uint32(b[4:]),
		Length: binary.BigEndian.Uint32(b[8:]),
	}
}

// AppendMessage appends a message of kind id with the given payload.
func AppendMessage(b []byte, id ID, payload ...byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(1+len(payload)))
	return append(append(b, byte(id)), payload...)
}

// AppendIndex appends a message whose payload is one piece index: have, suggest, allowed fast.
func AppendIndex(b []byte, id ID, index uint32) []byte {
	b = append(b, 0, 0, 0, 5, byte(id))
	return binary.BigEndian.AppendUint32(b, index)
}

// AppendRequest appends a message whose payload names a block: request, cancel, reject.
func AppendRequest(b []byte, id ID, r Request) []byte {
	b = append(b, 0, 0, 0, 13, byte(id))
	b = binary.BigEndian.AppendUint32(b, r.Index)
	b = binary.BigEndian.AppendUint32(b, r.Begin)
	return binary.BigEndian.AppendUint32(b, r.Length)
}

// AppendExtended appends an extension message (BEP 10): the id that the receiver chose for the
// extension (0 is the handshake) and its payload.
func AppendExtended(b []byte, ext byte, payload []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(2+len(payload)))
	return append(append(b, byte(Extended), ext), payload...)
}

// putPieceHeader writes the 13 bytes that stand before a block's data.
func putPieceHeader(b []byte, r Request) {
	binary.BigEndian.PutUint32(b, pieceHeader+r.Length)
	b[4] = byte(Piece)
	binary.BigEndian.PutUint32(b[5:], r.Index)
	binary.BigEndian.PutUint32(b[9:], r.Begin)
}
