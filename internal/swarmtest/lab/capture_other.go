//go:build !linux

package lab

import (
	"net/netip"
	"testing"
	"time"
)

// A Capture counts the packets that leave a device of a host: on Linux alone.
type Capture struct{}

// Capture skips the test.
func (h *Host) Capture(string) *Capture {
	Skip(h.t, "counting packets: only on Linux")
	return nil
}

// Sent returns nothing.
func (*Capture) Sent() map[netip.Addr]int { return nil }

// Watch does nothing.
func (*Capture) Watch([]byte) {}

// Naming returns nothing.
func (*Capture) Naming() map[netip.AddrPort]int { return nil }

// Reset does nothing.
func (*Capture) Reset() {}

// For returns nothing.
func (*Capture) For(testing.TB, time.Duration) map[netip.Addr]int { return nil }
