package peer

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/anacrolix/torrent/bencode"
)

// ExtPEX is the number that we give ut_pex (BEP 11).
const ExtPEX byte = 2

// MaxPEX is the most addresses of one kind that a message may carry (BEP 11: 50 added, 50 dropped).
const MaxPEX = 50

// PEX flags of an added peer (BEP 11).
const (
	PEXEncrypts  byte = 0x01 // prefers encryption
	PEXSeed      byte = 0x02 // a seed, or one that only uploads
	PEXUTP       byte = 0x04
	PEXHolepunch byte = 0x08
	PEXReachable byte = 0x10 // whoever tells has connected to it
)

// PEX is a message of peer exchange (BEP 11): peers that joined and left since the last one.
type PEX struct {
	Added   []netip.AddrPort
	Flags   []byte // one for each of Added; what was not told is 0
	Dropped []netip.AddrPort
}

// pexWire is a message as it is encoded: compact addresses of each family.
type pexWire struct {
	Added    []byte `bencode:"added"`
	AddedF   []byte `bencode:"added.f"`
	Added6   []byte `bencode:"added6"`
	Added6F  []byte `bencode:"added6.f"`
	Dropped  []byte `bencode:"dropped"`
	Dropped6 []byte `bencode:"dropped6"`
}

// Encode gives the payload of an extension message.
func (m PEX) Encode() ([]byte, error) {
	var w pexWire
	for i, a := range m.Added {
		var flag byte
		if i < len(m.Flags) {
			flag = m.Flags[i]
		}
		if a.Addr().Is4() {
			w.Added, w.AddedF = appendCompact(w.Added, a), append(w.AddedF, flag)
		} else {
			w.Added6, w.Added6F = appendCompact(w.Added6, a), append(w.Added6F, flag)
		}
	}
	for _, a := range m.Dropped {
		if a.Addr().Is4() {
			w.Dropped = appendCompact(w.Dropped, a)
		} else {
			w.Dropped6 = appendCompact(w.Dropped6, a)
		}
	}
	b, err := bencode.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("encode peer exchange: %w", err)
	}
	return b, nil
}

// ParsePEX reads the payload of a ut_pex message. Of each kind no more than MaxPEX are taken; a message with many
// more is refused.
func ParsePEX(b []byte) (m PEX, err error) {
	var w pexWire
	if _, err := unmarshal(b, &w); err != nil {
		return m, fmt.Errorf("read peer exchange: %w", err)
	}
	if len(w.Added)/6+len(w.Added6)/18 > 4*MaxPEX {
		return m, fmt.Errorf("read peer exchange: %d peers in one message", len(w.Added)/6+len(w.Added6)/18)
	}
	m.Added = append(parseCompact(w.Added, 4), parseCompact(w.Added6, 16)...)
	m.Flags = append(fit(w.AddedF, len(w.Added)/6), fit(w.Added6F, len(w.Added6)/18)...)
	m.Dropped = append(parseCompact(w.Dropped, 4), parseCompact(w.Dropped6, 16)...)
	m.Added, m.Dropped = m.Added[:min(len(m.Added), MaxPEX)], m.Dropped[:min(len(m.Dropped), MaxPEX)]
	m.Flags = m.Flags[:len(m.Added)]
	return m, nil
}

func appendCompact(b []byte, a netip.AddrPort) []byte {
	return binary.BigEndian.AppendUint16(append(b, a.Addr().AsSlice()...), a.Port())
}

// parseCompact reads addresses of size bytes, each with a port behind it; what is left over is dropped.
func parseCompact(b []byte, size int) (out []netip.AddrPort) {
	for ; len(b) >= size+2; b = b[size+2:] {
		if ip, ok := netip.AddrFromSlice(b[:size]); ok {
			out = append(out, netip.AddrPortFrom(ip, binary.BigEndian.Uint16(b[size:])))
		}
	}
	return out
}

// fit cuts or fills up flags to n.
func fit(flags []byte, n int) []byte {
	out := make([]byte, n)
	copy(out, flags)
	return out
}
