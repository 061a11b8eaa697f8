//go:build !linux

package lab

import (
	"context"
	"net"
	"strconv"
)

// Dial connects from the host, which is this machine: there are no namespaces here.
func (h *Host) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, addr)
}

// Listen waits for connections on a port of the host until the test ends.
func (h *Host) Listen(port int) net.Listener {
	h.t.Helper()
	l, err := new(net.ListenConfig).Listen(h.t.Context(), "tcp", net.JoinHostPort(h.Addr, strconv.Itoa(port)))
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { l.Close() })
	return l
}
