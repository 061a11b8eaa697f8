package mse

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"net"
)

// plain is how a connection that is not encrypted begins (BEP 3).
const plain = "\x13BitTorrent protocol"

// Receive takes a connection that came in, plain or encrypted, and returns the connection for the payload.
// infohashes are those that may be asked for. encrypted tells whether the payload is encrypted; then the connection is a *Conn.
// Where it is in the clear, what was read of it already comes first; after that, Unwrap gives nc back.
//
// It ends at nc's deadline, or after ten seconds. After an error nc is of no use but to be closed.
func Receive(nc net.Conn, infohashes iter.Seq[[20]byte], p Policy) (conn net.Conn, encrypted bool, err error) {
	h := handshake{nc: nc}
	err = within(context.Background(), nc, func() (err error) {
		conn, encrypted, err = h.receive(infohashes, p)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("greet peer: %w", err)
	}
	return conn, encrypted, nil
}

// receive looks how the connection begins, and does the handshake as the side that was called.
func (h *handshake) receive(infohashes iter.Seq[[20]byte], p Policy) (net.Conn, bool, error) {
	var head [keySize]byte
	if _, err := io.ReadFull(h.nc, head[:len(plain)]); err != nil {
		return nil, false, err
	}
	switch isPlain := string(head[:len(plain)]) == plain; {
	case isPlain && p == Required:
		return nil, false, ErrPlain
	case isPlain:
		return replay(h.nc, head[:len(plain)]), false, nil
	case p == Off:
		return nil, false, ErrEncrypted
	}
	e := newExchange()
	if err := h.readKey(e, head[:len(plain)]); err != nil {
		return nil, false, err
	}
	if err := h.sendKey(e); err != nil {
		return nil, false, err
	}
	req1 := hash("req1", h.secret[:])
	if err := h.find(req1[:]); err != nil {
		return nil, false, err
	}
	if err := h.findTorrent(infohashes); err != nil {
		return nil, false, err
	}
	offered, initial, err := h.readOffer()
	if err != nil {
		return nil, false, err
	}
	m := p.choose(offered)
	if m == 0 {
		return nil, false, fmt.Errorf("%w: it offers methods %d", ErrPlain, offered)
	}
	b := append([]byte(nil), vc[:]...)
	b = appendPad(binary.BigEndian.AppendUint32(b, uint32(m)))
	if err := h.write(b, 0); err != nil {
		return nil, false, err
	}
	return h.done(m, initial), m == stream, nil
}

// sendKey sends our public key, and padding so that its length tells nothing.
func (h *handshake) sendKey(e *exchange) error {
	y := e.public()
	return h.write(append(y[:], padding()...), 0)
}

// readKey reads the other side's public key, of which head has come.
func (h *handshake) readKey(e *exchange, head []byte) error {
	var theirs [keySize]byte
	n := copy(theirs[:], head)
	if _, err := io.ReadFull(h.nc, theirs[n:]); err != nil {
		return err
	}
	var ok bool
	if h.secret, ok = e.secret(theirs[:]); !ok {
		return fmt.Errorf("%w: a public key that is none", ErrHandshake)
	}
	return nil
}

// findTorrent reads which torrent is asked for. It can only be recognised, so all that are here are tried.
func (h *handshake) findTorrent(infohashes iter.Seq[[20]byte]) error {
	var asked [20]byte
	if _, err := io.ReadFull(h.nc, asked[:]); err != nil {
		return err
	}
	req3 := hash("req3", h.secret[:])
	for i := range asked {
		asked[i] ^= req3[i]
	}
	for infohash := range infohashes {
		if hash("req2", infohash[:]) == asked {
			h.in, h.out = cipher("keyA", h.secret, infohash), cipher("keyB", h.secret, infohash)
			return nil
		}
	}
	return ErrTorrent
}

// readOffer reads what the other side offers, and what it sends ahead.
func (h *handshake) readOffer() (offered method, initial []byte, err error) {
	b, err := h.decrypt(len(vc) + 4 + 2)
	if err != nil {
		return 0, nil, err
	}
	if [len(vc)]byte(b) != vc {
		return 0, nil, fmt.Errorf("%w: the constant is wrong", ErrHandshake)
	}
	offered = method(binary.BigEndian.Uint32(b[len(vc):]))
	length, err := h.skipPad(binary.BigEndian.Uint16(b[len(vc)+4:]), 2)
	if err != nil {
		return 0, nil, err
	}
	n := int(binary.BigEndian.Uint16(length))
	if n > maxInitial {
		return 0, nil, fmt.Errorf("%w: %d bytes sent ahead", ErrHandshake, n)
	}
	initial, err = h.decrypt(n)
	return offered, initial, err
}
