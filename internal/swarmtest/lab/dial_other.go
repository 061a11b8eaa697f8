//go:build !linux

package lab

import (
	"context"
	"net"
)

// Dial connects from the host, which is this machine: there are no namespaces here.
func (h *Host) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, addr)
}
