package portmap

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// pcp is a router that speaks the Port Control Protocol (RFC 6887).
type pcp struct {
	gateway
	nonce [12]byte // one for all mappings of this process: whoever has it may change them

	mu   sync.Mutex
	addr netip.Addr // the outer one, as the last mapping told
}

const (
	pcpVersion  = 2
	pcpAnnounce = 0
	pcpMap      = 1
	pcpAnswer   = 0x80
	pcpHeader   = 24 // bytes
	pcpMapSize  = pcpHeader + 36
)

// pcpRefusals are the reasons of section 7.4.
var pcpRefusals = map[byte]string{
	1: "unsupported version", 2: "not authorised", 3: "malformed request", 4: "unsupported operation", 5: "unsupported option",
	6: "malformed option", 7: "network failure", 8: "no resources", 9: "unsupported protocol", 10: "quota exceeded",
	11: "the port cannot be had", 12: "there is another router in between", 13: "too many remote peers",
}

// protocolNumbers are those of IP.
var protocolNumbers = map[string]byte{"tcp": 6, "udp": 17}

// probePCP asks whether it is there (section 14.1), which changes nothing.
func probePCP(ctx context.Context, g gateway) (router, error) {
	r := &pcp{gateway: g}
	rand.Read(r.nonce[:]) //nolint:errcheck // it never fails
	err := r.ask(ctx, pcpAnnounce, 0, nil, func([]byte) bool { return true })
	if err != nil {
		return nil, fmt.Errorf("look for PCP: %w", err)
	}
	return r, nil
}

func (*pcp) name() string { return "PCP" }

// external is known from the answers to open.
func (r *pcp) external(context.Context) (netip.Addr, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.addr, nil
}

func (r *pcp) open(ctx context.Context, protocol string, port, wanted uint16, d time.Duration) (uint16, time.Duration, error) {
	return r.request(ctx, protocol, port, wanted, d)
}

// shut is a mapping for no time (section 15).
func (r *pcp) shut(ctx context.Context, protocol string, port, _ uint16) error {
	_, _, err := r.request(ctx, protocol, port, 0, 0)
	return err
}

func (r *pcp) request(ctx context.Context, protocol string, port, wanted uint16, d time.Duration) (outside uint16, granted time.Duration, err error) {
	body := make([]byte, 0, pcpMapSize-pcpHeader)
	body = append(body, r.nonce[:]...)
	body = append(body, protocolNumbers[protocol], 0, 0, 0)
	body = binary.BigEndian.AppendUint16(body, port)
	body = binary.BigEndian.AppendUint16(body, wanted)
	suggested := netip.AddrFrom4([4]byte{}).As16() // any, of IPv4
	body = append(body, suggested[:]...)
	var addr netip.Addr
	err = r.ask(ctx, pcpMap, d, body, func(b []byte) bool {
		if !mapAnswer(b, body) {
			return false
		}
		granted = time.Duration(binary.BigEndian.Uint32(b[4:])) * time.Second
		outside = binary.BigEndian.Uint16(b[pcpHeader+18:])
		addr = netip.AddrFrom16([16]byte(b[pcpHeader+20:])).Unmap()
		return true
	})
	if err == nil && d > 0 && outside == 0 {
		err = fmt.Errorf("ask %s: it gave port 0", r.gateway.addr)
	}
	if err == nil && d > 0 {
		r.mu.Lock()
		r.addr = addr
		r.mu.Unlock()
	}
	return outside, granted, err
}

// ask sends a request and reads the answer to it, which take may pass over. A refusal counts whatever
// else it says.
func (r *pcp) ask(ctx context.Context, op byte, d time.Duration, body []byte, take func(b []byte) bool) error {
	request := func(from netip.Addr) []byte {
		b := []byte{pcpVersion, op, 0, 0}
		b = binary.BigEndian.AppendUint32(b, uint32(d/time.Second))
		self := from.As16()
		return append(append(b, self[:]...), body...)
	}
	return r.exchange(ctx, request, func(b []byte) (bool, error) { return r.accept(b, op, take) })
}

// accept judges a datagram: whether it is the answer, and what it refuses with.
func (r *pcp) accept(b []byte, op byte, take func(b []byte) bool) (bool, error) {
	switch {
	case len(b) >= 4 && b[0] == 0 && b[1] == op|pcpAnswer:
		return true, fmt.Errorf("ask %s: it speaks NAT-PMP alone", r.gateway.addr)
	case len(b) < pcpHeader || b[0] != pcpVersion || b[1] != op|pcpAnswer:
		return false, nil
	case b[3] != 0:
		return true, fmt.Errorf("ask %s: code %d (%s)", r.gateway.addr, b[3], pcpRefusals[b[3]])
	}
	return take(b), nil
}

// mapAnswer reports whether an answer is to the mapping of body: its nonce, protocol and inner port are.
func mapAnswer(b, body []byte) bool {
	return len(b) >= pcpMapSize && bytes.Equal(b[pcpHeader:pcpHeader+18], body[:18])
}
