//go:build !linux

package lab

// tun skips the test.
func (h *Host) tun(string) device {
	Skip(h.t, "paths between hosts: only on Linux")
	return nil
}
