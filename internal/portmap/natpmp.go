package portmap

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"
)

// natpmp is a router that speaks NAT-PMP (RFC 6886).
type natpmp struct{ gateway }

// The operations. An answer has the same number with natAnswer added.
const (
	natExternal = 0
	natUDP      = 1
	natTCP      = 2
	natAnswer   = 128
)

// natRefusals are the reasons of section 3.5.
var natRefusals = map[uint16]string{
	1: "unsupported version", 2: "refused", 3: "it has no address outside", 4: "out of resources", 5: "unsupported operation",
}

// probeNATPMP asks for the outer address, which changes nothing.
func probeNATPMP(ctx context.Context, g gateway) (router, error) {
	r := natpmp{g}
	if _, err := r.external(ctx); err != nil {
		return nil, fmt.Errorf("look for NAT-PMP: %w", err)
	}
	return r, nil
}

func (natpmp) name() string { return "NAT-PMP" }

func (r natpmp) external(ctx context.Context) (netip.Addr, error) {
	var addr netip.Addr
	err := r.ask(ctx, []byte{0, natExternal}, 12, func(b []byte) bool {
		addr = netip.AddrFrom4([4]byte(b[8:12]))
		return true
	})
	return addr, err
}

func (r natpmp) open(ctx context.Context, protocol string, port, wanted uint16, d time.Duration) (uint16, time.Duration, error) {
	request := natMap(protocol, port, wanted, d)
	var outside uint16
	var granted time.Duration
	err := r.ask(ctx, request, 16, func(b []byte) bool {
		outside = binary.BigEndian.Uint16(b[10:])
		granted = time.Duration(binary.BigEndian.Uint32(b[12:])) * time.Second
		return binary.BigEndian.Uint16(b[8:]) == port
	})
	if err == nil && outside == 0 {
		err = fmt.Errorf("ask %s: it gave port 0", r.addr)
	}
	return outside, granted, err
}

// shut asks for the mapping with a lifetime and an outer port of zero (section 3.4).
func (r natpmp) shut(ctx context.Context, protocol string, port, _ uint16) error {
	return r.ask(ctx, natMap(protocol, port, 0, 0), 16, func(b []byte) bool { return binary.BigEndian.Uint16(b[8:]) == port })
}

func natMap(protocol string, port, wanted uint16, d time.Duration) []byte {
	b := make([]byte, 4, 12)
	b[1] = natTCP
	if protocol == "udp" {
		b[1] = natUDP
	}
	b = binary.BigEndian.AppendUint16(b, port)
	b = binary.BigEndian.AppendUint16(b, wanted)
	return binary.BigEndian.AppendUint32(b, uint32(d/time.Second))
}

// ask sends a request and reads the answer to it, of size bytes, which take may pass over.
func (r natpmp) ask(ctx context.Context, request []byte, size int, take func(b []byte) bool) error {
	return r.exchange(ctx, func(netip.Addr) []byte { return request }, func(b []byte) (bool, error) {
		return r.accept(b, request, size, take)
	})
}

// accept judges a datagram: whether it is the answer, and what it refuses with.
func (r natpmp) accept(b, request []byte, size int, take func(b []byte) bool) (bool, error) {
	if len(b) < 4 || b[0] != 0 || b[1] != request[1]|natAnswer {
		return false, nil
	}
	if code := binary.BigEndian.Uint16(b[2:]); code != 0 {
		return true, fmt.Errorf("ask %s: code %d (%s)", r.addr, code, natRefusals[code])
	}
	return len(b) >= size && take(b), nil
}
