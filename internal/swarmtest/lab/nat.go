package lab

import (
	"fmt"
	"strings"
	"testing"
)

// NeedNAT skips the test where the kernel's translation of addresses cannot be set up.
func NeedNAT(t testing.TB) { t.Helper(); NeedNamespaces(t); need(t, "nft", "nftables") }

// natRules translate what goes out, and let nothing in that nobody asked for.
const natRules = `table ip nat {
	chain out { type nat hook postrouting priority srcnat; oifname "eth0" masquerade; }
}
table ip filter {
	chain in { type filter hook input priority 0; iifname "eth0" ct state new drop; }
	chain through { type filter hook forward priority 0; iifname "eth0" ct state new drop; }
}`

// Behind turns a host of the net into a router like those at home, and returns a new host behind it, which has an
// address of its own (192.168.N.2) and no IPv6. The router keeps port numbers where it can, and takes in what comes from where something
// was sent to.
func (h *Host) Behind(n int) *Host {
	h.t.Helper()
	NeedNAT(h.t)
	inner := newHost(h.t, h.ns+"n", n)
	inner.Addr, inner.Addr6 = fmt.Sprintf("192.168.%d.2", n), ""
	gateway := fmt.Sprintf("192.168.%d.1", n)
	ip(h.t, "link", "add", "eth0", "netns", inner.ns, "type", "veth", "peer", "name", "inner", "netns", h.ns)
	ip(h.t, "-n", h.ns, "addr", "add", gateway+"/24", "dev", "inner")
	ip(h.t, "-n", h.ns, "link", "set", "inner", "up")
	ip(h.t, "-n", inner.ns, "addr", "add", inner.Addr+"/24", "dev", "eth0")
	ip(h.t, "-n", inner.ns, "link", "set", "lo", "up")
	ip(h.t, "-n", inner.ns, "link", "set", "eth0", "up")
	ip(h.t, "-n", inner.ns, "route", "add", "default", "via", gateway)
	h.shell("echo 1 > /proc/sys/net/ipv4/ip_forward")
	h.shell("nft -f - <<'END'\n" + natRules + "\nEND")
	return inner
}

// shell runs a line that sets the host up.
func (h *Host) shell(line string) {
	h.t.Helper()
	cmd := h.command(h.Dir, "sh", "-c", line)
	if out, err := cmd.CombinedOutput(); err != nil {
		h.t.Fatalf("%s: %v: %s", strings.SplitN(line, "\n", 2)[0], err, out)
	}
}
