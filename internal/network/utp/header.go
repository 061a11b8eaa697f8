package utp

import "encoding/binary"

// kind is the type of a packet (BEP 29 "type").
type kind uint8

const (
	kindData kind = iota
	kindFin
	kindState
	kindReset
	kindSyn
)

const (
	version    = 1
	headerSize = 20
	extSack    = 1   // the selective acknowledgement (BEP 29 "Selective ACK")
	maxSack    = 128 // bytes of bit mask that we send
)

// packet is one packet as it came, its slices in the memory it came in.
type packet struct {
	kind    kind
	id      uint16 // of the connection, as its receiver knows it
	stamp   uint32 // the sender's clock, in microseconds
	delay   uint32 // how long our last packet was under way by both clocks, in microseconds
	window  uint32 // bytes that the sender of this packet can take
	seq     uint16
	ack     uint16 // everything up to this number has come
	sack    []byte // bit i of byte j: number ack+2+8*j+i has come too
	payload []byte
}

// isUTP tells uTP packets from others on the same socket. Messages of the DHT begin with "d".
func isUTP(b []byte) bool {
	return len(b) >= headerSize && b[0]&0xf == version && kind(b[0]>>4) <= kindSyn
}

// parse reads a packet for which isUTP holds. It reports false where the extensions are not well formed.
func parse(b []byte) (p packet, ok bool) {
	p = packet{
		kind:   kind(b[0] >> 4),
		id:     binary.BigEndian.Uint16(b[2:]),
		stamp:  binary.BigEndian.Uint32(b[4:]),
		delay:  binary.BigEndian.Uint32(b[8:]),
		window: binary.BigEndian.Uint32(b[12:]),
		seq:    binary.BigEndian.Uint16(b[16:]),
		ack:    binary.BigEndian.Uint16(b[18:]),
	}
	ext, rest := b[1], b[headerSize:]
	for ext != 0 {
		if len(rest) < 2 || len(rest) < 2+int(rest[1]) {
			return p, false
		}
		next, body := rest[0], rest[2:2+int(rest[1])]
		if ext == extSack {
			p.sack = body
		}
		ext, rest = next, rest[2+len(body):]
	}
	p.payload = rest
	return p, true
}

// size is the length of the encoded packet.
func (p *packet) size() int {
	n := headerSize + len(p.payload)
	if len(p.sack) > 0 {
		n += 2 + len(p.sack)
	}
	return n
}

// put encodes all but the payload at the beginning of b and returns what was written.
func (p *packet) put(b []byte) int {
	b[0] = byte(p.kind)<<4 | version
	b[1] = 0
	binary.BigEndian.PutUint16(b[2:], p.id)
	binary.BigEndian.PutUint32(b[4:], p.stamp)
	binary.BigEndian.PutUint32(b[8:], p.delay)
	binary.BigEndian.PutUint32(b[12:], p.window)
	binary.BigEndian.PutUint16(b[16:], p.seq)
	binary.BigEndian.PutUint16(b[18:], p.ack)
	if len(p.sack) == 0 {
		return headerSize
	}
	b[1] = extSack
	b[headerSize] = 0
	b[headerSize+1] = byte(len(p.sack))
	return headerSize + 2 + copy(b[headerSize+2:], p.sack)
}

// before tells the order of two sequence numbers, which wrap around.
func before(a, b uint16) bool { return int16(a-b) < 0 }
