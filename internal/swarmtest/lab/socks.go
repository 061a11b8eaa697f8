package lab

import (
	"context"
	"fmt"
	"testing"
)

// SOCKSPort is where the proxy listens.
const SOCKSPort = 1080

// NeedSOCKS skips the test where microsocks is missing.
func NeedSOCKS(t testing.TB) { t.Helper(); need(t, "microsocks", "microsocks") }

// SOCKS runs a SOCKS 5 proxy on the host, with a user and a password, waits until it answers and returns its
// URL.
func (h *Host) SOCKS(ctx context.Context) string {
	h.t.Helper()
	p := h.Start("microsocks", "-i", h.Addr, "-p", fmt.Sprint(SOCKSPort), "-u", "someone", "-P", "secret")
	at := fmt.Sprintf("%s:%d", h.Addr, SOCKSPort)
	err := Poll(ctx, "the proxy", func() (bool, error) {
		conn, err := h.Dial(ctx, "tcp", at)
		if err != nil {
			return false, err
		}
		return true, conn.Close()
	})
	if err != nil {
		h.t.Fatalf("%v\n%s", err, p.Tail(10))
	}
	return "socks5://someone:secret@" + at
}
