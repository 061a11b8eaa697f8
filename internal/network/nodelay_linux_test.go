package network

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

func checkNoDelay(t *testing.T, c *net.TCPConn) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	for option, want := range map[[2]int]int{
		{unix.IPPROTO_TCP, unix.TCP_NODELAY}: 1,
		{unix.SOL_SOCKET, unix.SO_KEEPALIVE}: 0,
		{unix.SOL_SOCKET, unix.SO_PROTOCOL}:  unix.IPPROTO_TCP, // not MPTCP
	} {
		var got int
		if cerr := raw.Control(func(fd uintptr) { got, err = unix.GetsockoptInt(int(fd), option[0], option[1]) }); cerr != nil || err != nil {
			t.Fatal(cerr, err)
		}
		if got != want {
			t.Errorf("socket option %v is %d, want %d", option, got, want)
		}
	}
}
