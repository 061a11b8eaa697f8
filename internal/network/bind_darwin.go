package network

import (
	"net"
	"strings"

	"golang.org/x/sys/unix"
)

// tiesSockets says that tieSocket keeps a socket on its interface whatever address it has.
const tiesSockets = true

// tieSocket makes the socket use this interface alone, for routes as well as for addresses.
func tieSocket(fd uintptr, network, device string) error {
	in, err := net.InterfaceByName(device)
	if err != nil {
		return err
	}
	if strings.HasSuffix(network, "6") {
		return unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_BOUND_IF, in.Index)
	}
	return unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_BOUND_IF, in.Index)
}
