package lab

import (
	"fmt"
	"testing"
)

// NeedShaping skips the test where the traffic of a host cannot be shaped.
func NeedShaping(t testing.TB) { t.Helper(); need(t, "tc", "iproute2") }

// LimitRate lets a host in a namespace send so many bytes a second at most, over all its connections.
func (h *Host) LimitRate(bytesPerSecond int) {
	h.t.Helper()
	ip(h.t, "netns", "exec", h.ns, "tc", "qdisc", "add", "dev", "eth0", "root", "tbf",
		"rate", fmt.Sprintf("%dbit", 8*bytesPerSecond), "burst", "64kb", "latency", "100ms")
}
