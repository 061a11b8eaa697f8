package peer

import (
	"errors"
	"fmt"

	"github.com/anacrolix/torrent/bencode"
)

// Extension ids that we choose for what is sent to us (BEP 10: each side chooses its own).
const (
	ExtHandshake byte = 0
	ExtMetadata  byte = 1 // ut_metadata, BEP 9
)

// MetadataPiece is the unit of metadata exchange: 16 KiB (BEP 9).
const MetadataPiece = 16 << 10

// ExtendedHandshake is what a peer tells of itself in the extension protocol (BEP 10). Text in it is
// untrusted.
type ExtendedHandshake struct {
	M            map[string]int64 `bencode:"m"`
	Client       string           `bencode:"v,omitempty"`
	MaxRequests  int64            `bencode:"reqq,omitempty"`
	MetadataSize int64            `bencode:"metadata_size,omitempty"` // BEP 9
	Port         int64            `bencode:"p,omitempty"`
	YourIP       []byte           `bencode:"yourip,omitempty"`
	UploadOnly   int64            `bencode:"upload_only,omitempty"` // BEP 21: 1 where it wants nothing any more
}

// Metadata message types (BEP 9).
const (
	MetadataRequest = 0
	MetadataData    = 1
	MetadataReject  = 2
)

// MetadataMessage is a message of ut_metadata (BEP 9); Data follows the dictionary in a data message.
type MetadataMessage struct {
	Type      int64 `bencode:"msg_type"`
	Piece     int64 `bencode:"piece"`
	TotalSize int64 `bencode:"total_size,omitempty"`

	Data []byte `bencode:"-"`
}

// Encode gives the payload of an extension message.
func (h ExtendedHandshake) Encode() ([]byte, error) {
	b, err := bencode.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("encode extension handshake: %w", err)
	}
	return b, nil
}

// ParseExtendedHandshake reads the payload of an extension handshake.
func ParseExtendedHandshake(b []byte) (h ExtendedHandshake, err error) {
	if _, err := unmarshal(b, &h); err != nil {
		return h, fmt.Errorf("read extension handshake: %w", err)
	}
	return h, nil
}

// Encode gives the payload of an extension message.
func (m MetadataMessage) Encode() ([]byte, error) {
	b, err := bencode.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode metadata message: %w", err)
	}
	return append(b, m.Data...), nil
}

// ParseMetadata reads the payload of a ut_metadata message. Data is a part of b.
func ParseMetadata(b []byte) (m MetadataMessage, err error) {
	rest, err := unmarshal(b, &m)
	if err != nil {
		return m, fmt.Errorf("read metadata message: %w", err)
	}
	m.Data = rest
	return m, nil
}

// unmarshal decodes the value that b begins with and returns what follows it.
func unmarshal(b []byte, v any) (rest []byte, err error) {
	err = bencode.Unmarshal(b, v)
	var unused bencode.ErrUnusedTrailingBytes
	if errors.As(err, &unused) {
		return b[len(b)-unused.NumUnusedBytes:], nil
	}
	return nil, err
}
