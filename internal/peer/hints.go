package peer

import (
	"encoding/binary"
	"fmt"
)

// Numbers that we give the small extensions.
const (
	ExtUploadOnly byte = 3 // "upload_only", the change of what BEP 21 has in the handshake
	ExtDontHave   byte = 4 // "lt_donthave", BEP 54
)

// ParseUploadOnly reads the payload of an upload_only message: one byte that is not zero where the peer wants
// nothing any more (BEP 21).
func ParseUploadOnly(b []byte) (bool, error) {
	if len(b) != 1 {
		return false, fmt.Errorf("read upload_only: %d bytes", len(b))
	}
	return b[0] != 0, nil
}

// ParseDontHave reads the payload of an lt_donthave message: the piece that the peer has no longer (BEP 54).
func ParseDontHave(b []byte) (piece uint32, err error) {
	if len(b) != 4 {
		return 0, fmt.Errorf("read lt_donthave: %d bytes", len(b))
	}
	return binary.BigEndian.Uint32(b), nil
}

// AppendDontHave appends an lt_donthave message (BEP 54) under the number that the peer gave it.
func AppendDontHave(b []byte, ext byte, piece uint32) []byte {
	return AppendExtended(b, ext, binary.BigEndian.AppendUint32(nil, piece))
}
