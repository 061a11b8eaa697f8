package peer

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// ExtHolepunch is the number that we give ut_holepunch (BEP 55).
const ExtHolepunch byte = 5

// PunchType says what a hole punching message is (BEP 55).
type PunchType byte

const (
	PunchRendezvous PunchType = 0 // to the relay: bring me together with Addr
	PunchConnect    PunchType = 1 // from the relay: connect to Addr now, it does the same
	PunchError      PunchType = 2 // from the relay: it cannot be done, see Code
)

// PunchCode is why a relay did not bring two peers together (BEP 55).
type PunchCode uint32

const (
	PunchNoSuchPeer   PunchCode = 1 // the address is not one
	PunchNotConnected PunchCode = 2 // the relay is not connected to it
	PunchNoSupport    PunchCode = 3 // it does not have the extension
	PunchNoSelf       PunchCode = 4 // it is the relay itself
)

// Holepunch is a message of ut_holepunch (BEP 55).
type Holepunch struct {
	Type PunchType
	Addr netip.AddrPort
	Code PunchCode // of PunchError
}

// Encode gives the payload of an extension message.
func (m Holepunch) Encode() []byte {
	family := byte(0)
	if m.Addr.Addr().Is6() {
		family = 1
	}
	b := append([]byte{byte(m.Type), family}, m.Addr.Addr().AsSlice()...)
	b = binary.BigEndian.AppendUint16(b, m.Addr.Port())
	return binary.BigEndian.AppendUint32(b, uint32(m.Code))
}

// ParseHolepunch reads the payload of a ut_holepunch message. Some clients leave the code out where there is none.
func ParseHolepunch(b []byte) (m Holepunch, err error) {
	if len(b) < 2 {
		return m, fmt.Errorf("read holepunch message: %d bytes", len(b))
	}
	size := 4
	switch b[1] {
	case 0:
	case 1:
		size = 16
	default:
		return m, fmt.Errorf("read holepunch message: address type %d", b[1])
	}
	m.Type = PunchType(b[0])
	b = b[2:]
	if len(b) < size+2 || m.Type > PunchError {
		return m, fmt.Errorf("read holepunch message: type %d with %d bytes", m.Type, len(b)+2)
	}
	ip, _ := netip.AddrFromSlice(b[:size])
	m.Addr = netip.AddrPortFrom(ip.Unmap(), binary.BigEndian.Uint16(b[size:]))
	if b = b[size+2:]; len(b) >= 4 {
		m.Code = PunchCode(binary.BigEndian.Uint32(b))
	}
	return m, nil
}
