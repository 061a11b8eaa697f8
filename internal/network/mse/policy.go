package mse

import (
	"errors"
	"fmt"
)

// Policy says how much encryption is wanted.
type Policy int

const (
	// Off has plain connections only.
	Off Policy = iota
	// Allowed speaks plainly to others, and encrypts where they ask for it, with as little as they accept.
	Allowed
	// Preferred asks others for encryption, and takes plain connections too.
	Preferred
	// Required has encrypted connections only, and nothing in the clear after the handshake.
	Required
)

// names are the words of the command line.
var names = [...]string{Off: "off", Allowed: "allowed", Preferred: "preferred", Required: "required"}

// String is the policy's word: off, allowed, preferred or required.
func (p Policy) String() string {
	if p < 0 || int(p) >= len(names) {
		return fmt.Sprintf("Policy(%d)", int(p))
	}
	return names[p]
}

// ParsePolicy reads a word that String gives.
func ParsePolicy(s string) (Policy, error) {
	for p, name := range names {
		if s == name {
			return Policy(p), nil
		}
	}
	return 0, fmt.Errorf("encryption %q: want required, preferred, allowed or off", s)
}

// Second is the policy to try an address again with, after Initiate or what followed failed because the other side
// closed the connection or made no sense: it may want it the other way. ok is false if there is no other way.
func (p Policy) Second() (second Policy, ok bool) {
	switch p {
	case Allowed:
		return Preferred, true
	case Preferred:
		return Off, true
	default:
		return p, false
	}
}

// encrypts tells whether connections are opened with the encrypted handshake.
func (p Policy) encrypts() bool { return p == Preferred || p == Required }

// method is what may follow the handshake (crypto_provide and crypto_select).
type method uint32

const (
	plaintext method = 1 << iota
	stream
)

// offer is what we offer when we open a connection.
func (p Policy) offer() method {
	if p == Required {
		return stream
	}
	return stream | plaintext
}

// choose takes one of what the other side offers; 0 if there is nothing for us.
func (p Policy) choose(offered method) method {
	order := [...]method{stream, plaintext}
	if p == Allowed {
		order = [...]method{plaintext, stream}
	}
	for _, m := range order {
		if offered&m&p.offer() != 0 {
			return m
		}
	}
	return 0
}

// What the errors of Initiate and Receive wrap, apart from those of the connection.
var (
	// ErrPlain says that a connection is plain where the policy requires encryption.
	ErrPlain = errors.New("the peer does not encrypt, which is required")
	// ErrEncrypted says that a connection is encrypted, or something else entirely, where the policy is Off.
	ErrEncrypted = errors.New("not a plain handshake, and encryption is off")
	// ErrTorrent says that the peer asks for a torrent that is not here.
	ErrTorrent = errors.New("it asks for a torrent that is not here")
	// ErrHandshake says that what came is no such handshake.
	ErrHandshake = errors.New("not a valid encrypted handshake")
	// ErrTimeout says that the handshake took too long.
	ErrTimeout = errors.New("the handshake took too long")
)
