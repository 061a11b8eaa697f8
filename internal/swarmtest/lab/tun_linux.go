package lab

import (
	"os"

	"golang.org/x/sys/unix"
)

// tun adds a device to the host whose packets come here, and which takes packets from here. The test is skipped
// where the kernel has none.
func (h *Host) tun(name string) device {
	h.t.Helper()
	fd := -1
	err := h.within(func() (err error) {
		fd, err = unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
		return err
	})
	if err != nil {
		Skip(h.t, "paths between hosts: no /dev/net/tun: "+err.Error())
	}
	req, err := unix.NewIfreq(name)
	if err == nil {
		req.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = h.within(func() error { return unix.IoctlIfreq(fd, unix.TUNSETIFF, req) })
	}
	if err != nil {
		unix.Close(fd)
		h.t.Fatalf("make device %s: %v", name, err)
	}
	return os.NewFile(uintptr(fd), name) // only now: before, there was nothing to wait for
}
