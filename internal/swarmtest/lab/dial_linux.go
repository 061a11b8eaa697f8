package lab

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Dial connects from within the host's namespace. The address is a literal one: nothing is looked up.
func (h *Host) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if h.ns == "" {
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	// A socket belongs to the namespace that its thread is in when it is made.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	own, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return nil, err
	}
	defer own.Close()
	theirs, err := os.Open("/run/netns/" + h.ns)
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	if err := unix.Setns(int(theirs.Fd()), unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("enter namespace %s: %w", h.ns, err)
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if back := unix.Setns(int(own.Fd()), unix.CLONE_NEWNET); back != nil {
		panic(fmt.Sprintf("lab: leave namespace %s: %v", h.ns, back)) // no other goroutine may get this thread
	}
	return conn, err
}
