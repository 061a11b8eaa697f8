package metainfo

import (
	"encoding/base32"
	"encoding/hex"
	"fmt"
)

// Hash is a SHA-1 digest: a v1 infohash or the hash of a v1 piece (BEP 3).
type Hash [20]byte

// Hash256 is a SHA-256 digest: a v2 infohash or a node of a merkle tree (BEP 52).
type Hash256 [32]byte

// String returns 40 lower-case hex digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// String returns 64 lower-case hex digits.
func (h Hash256) String() string { return hex.EncodeToString(h[:]) }

// IsZero tells whether h is all zero, which no infohash is.
func (h Hash) IsZero() bool { return h == Hash{} }

// IsZero tells whether h is all zero, which no infohash or root is.
func (h Hash256) IsZero() bool { return h == Hash256{} }

// MarshalText writes h as String does, so that JSON carries hex.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// MarshalText writes h as String does, so that JSON carries hex.
func (h Hash256) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// Short returns the first 20 bytes, which stand for a v2 infohash where the
// protocol has room for no more: handshakes, trackers, the DHT (BEP 52).
func (h Hash256) Short() Hash { return Hash(h[:20]) }

// ParseHash reads a v1 infohash as people write it: 40 hex digits or 32
// base32 characters, in either case.
func ParseHash(s string) (Hash, error) {
	var h Hash
	switch len(s) {
	case hex.EncodedLen(len(h)):
		if _, err := hex.Decode(h[:], []byte(s)); err == nil {
			return h, nil
		}
	case base32.StdEncoding.EncodedLen(len(h)):
		if _, err := base32.StdEncoding.Decode(h[:], upper(s)); err == nil {
			return h, nil
		}
	}
	return Hash{}, fmt.Errorf("parse infohash %s: want 40 hex digits or 32 base32 characters", quote(s))
}

// ParseHash256 reads a v2 infohash: 64 hex digits, in either case.
func ParseHash256(s string) (Hash256, error) {
	var h Hash256
	if len(s) == hex.EncodedLen(len(h)) {
		if _, err := hex.Decode(h[:], []byte(s)); err == nil {
			return h, nil
		}
	}
	return Hash256{}, fmt.Errorf("parse infohash %s: want 64 hex digits", quote(s))
}

// upper maps ASCII letters to upper case and leaves other bytes alone, so
// that no character outside ASCII turns into one inside.
func upper(s string) []byte {
	b := []byte(s)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - ('a' - 'A')
		}
	}
	return b
}
