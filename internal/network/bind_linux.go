package network

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// tiesSockets says that tieSocket keeps a socket on its interface whatever address it has.
const tiesSockets = true

// tieSocket makes the socket use this interface alone, for routes as well as for addresses. Linux
// lets any user do so since 5.7.
func tieSocket(fd uintptr, _, device string) error {
	err := unix.BindToDevice(int(fd), device)
	if errors.Is(err, unix.EPERM) {
		return fmt.Errorf("%w (before Linux 5.7 this takes CAP_NET_RAW; an address of the interface can be given instead)", err)
	}
	return err
}
