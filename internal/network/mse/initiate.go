package mse

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
)

// Initiate opens a connection as the policy wants it, and returns the connection for the payload: nc itself where that is in the
// clear, else a *Conn. Allowed and Off leave nc alone.
//
// It ends when ctx does, or nc's deadline, or after ten seconds. After an error nc is of no use but to be closed.
func Initiate(ctx context.Context, nc net.Conn, infohash [20]byte, p Policy) (net.Conn, error) {
	return InitiateWith(ctx, nc, infohash, p, nil)
}

// InitiateWith is Initiate and sends the beginning of the payload, which saves a round trip where it can go ahead with the
// handshake. It may be 8 KiB long; others expect BitTorrent's own handshake (BEP 3) and no more.
func InitiateWith(ctx context.Context, nc net.Conn, infohash [20]byte, p Policy, payload []byte) (net.Conn, error) {
	h := handshake{nc: nc}
	m := plaintext
	err := within(ctx, nc, func() (err error) {
		switch {
		case p.encrypts() && len(payload) > maxInitial:
			return fmt.Errorf("send %d bytes ahead: more than %d", len(payload), maxInitial)
		case p.encrypts():
			m, err = h.initiate(infohash, p.offer(), payload)
		case len(payload) > 0:
			_, err = nc.Write(payload)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("encrypt connection: %w", err)
	}
	return h.done(m, nil), nil
}

// initiate does the handshake as the side that opened the connection.
func (h *handshake) initiate(infohash [20]byte, offer method, payload []byte) (method, error) {
	e := newExchange()
	if err := h.sendKey(e); err != nil {
		return 0, err
	}
	if err := h.readKey(e, nil); err != nil {
		return 0, err
	}
	h.in, h.out = cipher("keyB", h.secret, infohash), cipher("keyA", h.secret, infohash)
	if err := h.sendOffer(infohash, offer, payload); err != nil {
		return 0, err
	}
	var mark [len(vc)]byte
	h.in.XORKeyStream(mark[:], vc[:])
	if err := h.find(mark[:]); err != nil {
		return 0, err
	}
	b, err := h.decrypt(4 + 2)
	if err != nil {
		return 0, err
	}
	chosen := method(binary.BigEndian.Uint32(b))
	if chosen != stream && chosen != plaintext || chosen&offer == 0 {
		return 0, fmt.Errorf("%w: it chose method %d of %d", ErrHandshake, chosen, offer)
	}
	_, err = h.skipPad(binary.BigEndian.Uint16(b[4:]), 0)
	return chosen, err
}

// sendOffer names the torrent, offers what may follow, and sends the payload ahead.
func (h *handshake) sendOffer(infohash [20]byte, offer method, payload []byte) error {
	req1, named := hash("req1", h.secret[:]), ask(h.secret, infohash)
	b := append(req1[:], named[:]...)
	encrypted := len(b)
	b = append(b, vc[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(offer))
	b = appendPad(b)
	b = binary.BigEndian.AppendUint16(b, uint16(len(payload)))
	b = append(b, payload...)
	return h.write(b, encrypted)
}

// appendPad appends padding and its length before it.
func appendPad(b []byte) []byte {
	pad := padding()
	b = binary.BigEndian.AppendUint16(b, uint16(len(pad)))
	return append(b, pad...)
}
