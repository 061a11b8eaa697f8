package lab

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// A WirePeer is one end of a connection of the peer protocol (BEP 3, BEP 10) that a test plays itself, word for
// word, to see what others say and to tell them what no client would.
type WirePeer struct {
	conn net.Conn
	in   *bufio.Reader
}

// Message is one message: the kind, and what follows it. A keep-alive is of the kind KeepAlive.
type Message struct {
	Kind    int
	Payload []byte
}

// Kinds of messages.
const (
	KeepAlive  = -1
	Unchoke    = 1
	Interested = 2
	Bitfield   = 5
	Request    = 6
	Piece      = 7
	Extended   = 20
)

// maxWireMessage is more than anybody has reason to send to a test.
const maxWireMessage = 1 << 20

// NewWirePeer exchanges handshakes for an infohash (40 hex) over a connection, whoever opened it. The peer id begins
// with a client's usual eight characters and ends with id.
func NewWirePeer(conn net.Conn, infohash string, id [12]byte) (*WirePeer, error) {
	raw, err := hex.DecodeString(infohash)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return nil, err
	}
	reserved := []byte{0, 0, 0, 0, 0, 0x10, 0, 0} // extension protocol
	hello := append(append([]byte("\x13BitTorrent protocol"), reserved...), raw...)
	hello = append(append(hello, "-XX0001-"...), id[:]...)
	if _, err := conn.Write(hello); err != nil {
		return nil, err
	}
	p := &WirePeer{conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}
	theirs := make([]byte, len(hello))
	if _, err := io.ReadFull(p.in, theirs); err != nil {
		return nil, fmt.Errorf("read handshake: %w", err)
	}
	if !bytes.Equal(theirs[28:48], raw) {
		return nil, errors.New("read handshake: another infohash")
	}
	return p, conn.SetDeadline(time.Time{})
}

// Send sends one message.
func (p *WirePeer) Send(kind int, payload ...byte) error {
	b := binary.BigEndian.AppendUint32(make([]byte, 0, 5+len(payload)), uint32(1+len(payload)))
	_, err := p.conn.Write(append(append(b, byte(kind)), payload...))
	return err
}

// SendExtended sends a message of the extension protocol: number 0 is its handshake.
func (p *WirePeer) SendExtended(number byte, bencoded string) error {
	return p.Send(Extended, append([]byte{number}, bencoded...)...)
}

// Next waits for the next message. Its payload stays valid.
func (p *WirePeer) Next() (Message, error) {
	var head [4]byte
	if _, err := io.ReadFull(p.in, head[:]); err != nil {
		return Message{}, err
	}
	n := binary.BigEndian.Uint32(head[:])
	switch {
	case n == 0:
		return Message{Kind: KeepAlive}, nil
	case n > maxWireMessage:
		return Message{}, fmt.Errorf("a message of %d bytes", n)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(p.in, b); err != nil {
		return Message{}, err
	}
	return Message{int(b[0]), b[1:]}, nil
}

// Close ends the connection.
func (p *WirePeer) Close() { p.conn.Close() }

// A Seeder is a peer that has everything and gives it to whoever asks.
type Seeder struct {
	Data        []byte
	PieceLength int
	InfoHash    string
	ID          [12]byte
	// Answer, if set, may change a block before it is sent, and tells whether to go on.
	Answer func(block []byte) bool
}

// Serve answers one connection until it ends.
func (s *Seeder) Serve(conn net.Conn) error {
	defer conn.Close()
	p, err := NewWirePeer(conn, s.InfoHash, s.ID)
	if err != nil {
		return err
	}
	pieces := (len(s.Data) + s.PieceLength - 1) / s.PieceLength
	bits := bytes.Repeat([]byte{255}, (pieces+7)/8)
	if spare := len(bits)*8 - pieces; spare > 0 {
		bits[len(bits)-1] <<= spare
	}
	if err := p.Send(Bitfield, bits...); err != nil {
		return err
	}
	for {
		m, err := p.Next()
		if err != nil {
			return err
		}
		switch {
		case m.Kind == Interested:
			err = p.Send(Unchoke)
		case m.Kind == Request && len(m.Payload) == 12:
			err = s.answer(p, m.Payload)
		}
		if err != nil {
			return err
		}
	}
}

var errEnough = errors.New("this is enough for one connection")

func (s *Seeder) answer(p *WirePeer, request []byte) error {
	index, begin, n := int64(binary.BigEndian.Uint32(request)), int64(binary.BigEndian.Uint32(request[4:])), int64(binary.BigEndian.Uint32(request[8:]))
	at := index*int64(s.PieceLength) + begin
	if n > maxWireMessage || at+n > int64(len(s.Data)) {
		return fmt.Errorf("asked for %d bytes at %d", n, at)
	}
	block := append([]byte(nil), s.Data[at:at+n]...)
	if s.Answer != nil && !s.Answer(block) {
		return errEnough
	}
	return p.Send(Piece, append(append([]byte(nil), request[:8]...), block...)...)
}
