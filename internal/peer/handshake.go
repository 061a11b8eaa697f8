package peer

import (
	"errors"
	"fmt"
	"io"
)

const protocol = "\x13BitTorrent protocol"

// HandshakeSize is the length of a handshake in bytes (BEP 3 "peer protocol").
const HandshakeSize = len(protocol) + 8 + 20 + 20

// ErrProtocol says that the other side did not open with BitTorrent's handshake.
var ErrProtocol = errors.New("not a BitTorrent handshake")

// Reserved are the eight bytes that tell a peer's extensions.
type Reserved [8]byte

// Ours is what this client can do: the extension protocol (BEP 10), the fast extension (BEP 6) and the
// DHT (BEP 5).
func Ours(dht bool) (r Reserved) {
	r[5] |= 0x10
	r[7] |= 0x04
	if dht {
		r[7] |= 0x01
	}
	return r
}

// Extended tells whether the peer speaks the extension protocol.
func (r Reserved) Extended() bool { return r[5]&0x10 != 0 }

// Fast tells whether the peer speaks the fast extension.
func (r Reserved) Fast() bool { return r[7]&0x04 != 0 }

// WithV2 says that a v1 infohash in this handshake may be answered with the v2 one (BEP 52 "upgrade path").
func (r Reserved) WithV2() Reserved {
	r[7] |= 0x10
	return r
}

// V2 tells whether the peer lets a v1 connection be upgraded to v2.
func (r Reserved) V2() bool { return r[7]&0x10 != 0 }

// DHT tells whether the peer runs a DHT node.
func (r Reserved) DHT() bool { return r[7]&0x01 != 0 }

// Handshake is the first message of either side (BEP 3).
type Handshake struct {
	Reserved Reserved
	InfoHash [20]byte
	PeerID   [20]byte
}

// Write sends the handshake.
func (h Handshake) Write(w io.Writer) error {
	b := make([]byte, 0, HandshakeSize)
	b = append(b, protocol...)
	b = append(b, h.Reserved[:]...)
	b = append(b, h.InfoHash[:]...)
	b = append(b, h.PeerID[:]...)
	if _, err := w.Write(b); err != nil {
		return fmt.Errorf("write handshake: %w", err)
	}
	return nil
}

// ReadHandshake reads the other side's handshake. The caller sets the deadline.
func ReadHandshake(r io.Reader) (h Handshake, err error) {
	var b [HandshakeSize]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return h, fmt.Errorf("read handshake: %w", err)
	}
	if string(b[:len(protocol)]) != protocol {
		return h, fmt.Errorf("read handshake: %w", ErrProtocol)
	}
	rest := b[len(protocol):]
	copy(h.Reserved[:], rest)
	copy(h.InfoHash[:], rest[8:])
	copy(h.PeerID[:], rest[28:])
	return h, nil
}
