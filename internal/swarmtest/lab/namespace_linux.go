package lab

import (
	"context"
	"net"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// within runs f in the host's namespace.
func (h *Host) within(f func() error) error {
	if h.ns == "" {
		return f()
	}
	// A socket belongs to the namespace that its thread is in when it is made.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	own, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(own)
	theirs, err := unix.Open("/run/netns/"+h.ns, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(theirs)
	if err := unix.Setns(theirs, unix.CLONE_NEWNET); err != nil {
		return err
	}
	err = f()
	if back := unix.Setns(own, unix.CLONE_NEWNET); back != nil {
		panic("lab: leave namespace: " + back.Error()) // no other goroutine may get this thread
	}
	return err
}

// Dial connects from within the host's namespace. The address is a literal one: nothing is looked up.
func (h *Host) Dial(ctx context.Context, network, addr string) (conn net.Conn, err error) {
	err = h.within(func() error {
		conn, err = new(net.Dialer).DialContext(ctx, network, addr)
		return err
	})
	return conn, err
}

// Listen waits for connections on a port of the host until the test ends.
func (h *Host) Listen(port int) net.Listener {
	h.t.Helper()
	var l net.Listener
	err := h.within(func() (err error) {
		l, err = new(net.ListenConfig).Listen(h.t.Context(), "tcp", net.JoinHostPort(h.Addr, strconv.Itoa(port)))
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { l.Close() })
	return l
}
