package lab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// A Host is where processes run: a network namespace with an address of its own, or this machine with
// an address of its loopback. It has a folder for the homes of its processes.
type Host struct {
	Addr  string // IPv4
	Addr6 string // IPv6; "" on the loopback
	Dir   string

	t       testing.TB
	ns      string // name of the namespace; "" is the machine's own
	started atomic.Int32
	oneHome bool
}

// OneHome gives all processes of the host the same home from now on, for runs that go on where another ended.
func (h *Host) OneHome() { h.oneHome = true }

// Loopback returns a host on this machine with the address 127.0.0.last. It needs no rights.
func Loopback(t testing.TB, last int) *Host {
	return &Host{t: t, Addr: fmt.Sprintf("127.0.0.%d", last), Dir: t.TempDir()}
}

// Start runs a program on the host, with a home of its own and the tail of its output in the test's
// log where the test fails.
func (h *Host) Start(program string, args ...string) *Process {
	h.t.Helper()
	n := h.started.Add(1)
	name := fmt.Sprintf("%s#%d@%s", filepath.Base(program), n, h.Addr)
	home := filepath.Join(h.Dir, "home")
	if !h.oneHome {
		home += strconv.Itoa(int(n))
	}
	if err := os.MkdirAll(home, 0o755); err != nil {
		h.t.Fatal(err)
	}
	return start(h.t, name, h.command(home, program, args...))
}

// command prepares a program for the host; home is its working folder too.
func (h *Host) command(home, program string, args ...string) *exec.Cmd {
	if h.ns != "" {
		args = append([]string{"netns", "exec", h.ns, program}, args...)
		program = "ip"
	}
	cmd := exec.Command(program, args...)
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "HOME="+home, "LC_ALL=C.UTF-8",
		"XDG_CONFIG_HOME="+home+"/config", "XDG_STATE_HOME="+home+"/state", "XDG_CACHE_HOME="+home+"/cache")
	return cmd
}

// A Net is a set of hosts in namespaces of their own, joined by a bridge that is their default route.
// It reaches nothing outside.
type Net struct {
	Bridge *Host // the bridge itself, a good place for a tracker
	Hosts  []*Host
}

var nets atomic.Int32

// NewNet makes n hosts, 10.79.0.1 and on, fd5a:79::1 and on; the bridge has 254. The test is skipped
// where namespaces cannot be made.
func NewNet(t testing.TB, n int) *Net {
	t.Helper()
	NeedNamespaces(t)
	prefix := fmt.Sprintf("%s%d-%d-", nsPrefix, os.Getpid(), nets.Add(1))
	net := &Net{Bridge: newHost(t, prefix+"br", 254)}
	br := net.Bridge.ns
	ip(t, "-n", br, "link", "add", "br0", "type", "bridge", "forward_delay", "0")
	address(t, net.Bridge, "br0")
	ip(t, "-n", br, "route", "add", "default", "dev", "br0") // leads nowhere, as libtorrent's DHT wants to see one
	for i := range n {
		h := newHost(t, fmt.Sprintf("%sh%d", prefix, i+1), i+1)
		port := fmt.Sprintf("p%d", i+1)
		ip(t, "link", "add", "eth0", "netns", h.ns, "type", "veth", "peer", "name", port, "netns", br)
		ip(t, "-n", br, "link", "set", port, "master", "br0", "up")
		address(t, h, "eth0")
		ip(t, "-n", h.ns, "route", "add", "default", "via", net.Bridge.Addr)
		ip(t, "-n", h.ns, "-6", "route", "add", "default", "via", net.Bridge.Addr6)
		net.Hosts = append(net.Hosts, h)
	}
	return net
}

// farHosts makes n hosts that nothing joins.
func farHosts(t testing.TB, n int) (hosts []*Host) {
	t.Helper()
	prefix := fmt.Sprintf("%s%d-%d-", nsPrefix, os.Getpid(), nets.Add(1))
	for i := range n {
		hosts = append(hosts, newHost(t, fmt.Sprintf("%sh%d", prefix, i+1), i+1))
	}
	return hosts
}

// newHost adds a namespace and takes it away again when the test ends. Cleanups run last in, first out: its
// processes, started later, are gone by then.
func newHost(t testing.TB, ns string, last int) *Host {
	t.Helper()
	h := &Host{t: t, ns: ns, Addr: fmt.Sprintf("10.79.0.%d", last), Addr6: fmt.Sprintf("fd5a:79::%x", last), Dir: t.TempDir()}
	ip(t, "netns", "add", ns)
	t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", ns).Run() }) // gone already: as it should be
	return h
}

func address(t testing.TB, h *Host, dev string) {
	t.Helper()
	ip(t, "-n", h.ns, "addr", "add", h.Addr+"/24", "dev", dev)
	ip(t, "-n", h.ns, "addr", "add", h.Addr6+"/64", "dev", dev, "nodad")
	ip(t, "-n", h.ns, "link", "set", "lo", "up")
	ip(t, "-n", h.ns, "link", "set", dev, "up")
}

// AddDevice gives the host another device that leads nowhere, with an IPv4 address.
func (h *Host) AddDevice(name, prefix string) {
	h.t.Helper()
	ip(h.t, "-n", h.ns, "link", "add", name, "type", "veth", "peer", "name", name+"-end")
	ip(h.t, "-n", h.ns, "addr", "add", prefix, "dev", name)
	ip(h.t, "-n", h.ns, "link", "set", name+"-end", "up")
	ip(h.t, "-n", h.ns, "link", "set", name, "up")
}

// DropAddress takes an address away from a device.
func (h *Host) DropAddress(name, prefix string) {
	h.t.Helper()
	ip(h.t, "-n", h.ns, "addr", "del", prefix, "dev", name)
}

func ip(t testing.TB, args ...string) {
	t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// NeedNamespaces skips the test where network namespaces cannot be made.
func NeedNamespaces(t testing.TB) {
	t.Helper()
	switch _, err := exec.LookPath("ip"); {
	case runtime.GOOS != "linux":
		Skip(t, "network namespaces: only on Linux")
	case os.Geteuid() != 0:
		Skip(t, "network namespaces: not root")
	case err != nil:
		Skip(t, "network namespaces: no ip command (package iproute2)")
	}
}
