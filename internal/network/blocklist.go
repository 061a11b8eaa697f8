package network

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sort"
)

// ErrBlocked is wrapped by the errors about peers whose addresses a blocklist names.
var ErrBlocked = errors.New("the address is on the blocklist")

// Blocklist is a set of addresses that are not to be peers, made by ReadBlocklist. It does not change,
// and a look-up takes a binary search. The nil list blocks nothing.
type Blocklist struct {
	v4  []span[uint32]
	v6  []span[[16]byte]
	bad int
}

// span is a range of addresses, both ends included.
type span[T any] struct{ first, last T }

// Contains reports whether an address is on the list.
func (b *Blocklist) Contains(ip netip.Addr) bool {
	if b == nil || !ip.IsValid() {
		return false
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return within(b.v4, number(ip), compareNumbers)
	}
	return within(b.v6, ip.As16(), compare16)
}

// Ranges is the number of separate ranges, those of both families together.
func (b *Blocklist) Ranges() int { return len(b.v4) + len(b.v6) }

// Bad is the number of lines that were not understood.
func (b *Blocklist) Bad() int { return b.bad }

func within[T any](spans []span[T], at T, compare func(a, b T) int) bool {
	i := sort.Search(len(spans), func(i int) bool { return compare(spans[i].last, at) >= 0 })
	return i < len(spans) && compare(spans[i].first, at) <= 0
}

// merge sorts ranges and joins those that overlap.
func merge[T any](spans []span[T], compare func(a, b T) int) []span[T] {
	slices.SortFunc(spans, func(a, b span[T]) int { return compare(a.first, b.first) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && compare(s.first, out[n-1].last) <= 0 {
			if compare(s.last, out[n-1].last) > 0 {
				out[n-1].last = s.last
			}
			continue
		}
		out = append(out, s)
	}
	return slices.Clip(out)
}

func number(ip netip.Addr) uint32 {
	b := ip.As4()
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

func compareNumbers(a, b uint32) int { return cmp.Compare(a, b) }

func compare16(a, b [16]byte) int { return slices.Compare(a[:], b[:]) }

// SetBlocklist replaces the list of addresses that are not to be peers; nil is none. It holds for
// connections that are made from now on.
func (n *Network) SetBlocklist(b *Blocklist) { n.blocked.Store(b) }

// AdmitPeer says whether an address may be a peer's, whoever connects to whom. The error wraps
// ErrBlocked. DialPeer asks by itself.
func (n *Network) AdmitPeer(ip netip.Addr) error {
	if n.blocked.Load().Contains(ip) {
		return fmt.Errorf("%s: %w", ip.Unmap(), ErrBlocked)
	}
	return nil
}
