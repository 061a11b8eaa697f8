package lsd

import (
	"net"
	"net/netip"
)

// nic is one network interface as far as it matters here.
type nic struct {
	net.Interface
	addrs []netip.Prefix // of one family
}

// source is the address to send from: the one asked for, else the first that is not merely link-local.
func (n nic) source(bound netip.Addr) netip.Addr {
	best := netip.Addr{}
	for _, p := range n.addrs {
		if p.Addr() == bound {
			return bound
		}
		if !best.IsValid() || best.IsLinkLocalUnicast() && !p.Addr().IsLinkLocalUnicast() {
			best = p.Addr()
		}
	}
	if best.Is6() && best.IsLinkLocalUnicast() {
		best = best.WithZone(n.Name)
	}
	return best
}

// chooseInterfaces returns the interfaces to use for a family: those that bind names or has an address
// of, else all that are up and can do multicast, and loopback where there is no other.
func chooseInterfaces(bind string, six bool) ([]nic, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	bound, _ := netip.ParseAddr(bind) // invalid: bind is a name, or empty
	anywhere := bind == "" || bound.IsUnspecified()
	var chosen, loopback []nic
	for _, i := range all {
		n := nic{i, prefixes(i, six)}
		if i.Flags&net.FlagUp == 0 || len(n.addrs) == 0 {
			continue
		}
		switch loop := i.Flags&net.FlagLoopback != 0; {
		case !anywhere:
			if i.Name == bind || n.has(bound, loop) {
				chosen = append(chosen, n)
			}
		case loop:
			loopback = append(loopback, n)
		case i.Flags&net.FlagMulticast != 0:
			chosen = append(chosen, n)
		}
	}
	if anywhere && len(chosen) == 0 {
		chosen = loopback
	}
	return chosen, nil
}

// has reports whether an address is one of the interface; on loopback all of 127.0.0.0/8 are.
func (n nic) has(ip netip.Addr, loop bool) bool {
	for _, p := range n.addrs {
		if p.Addr() == ip.Unmap().WithZone("") || loop && p.Contains(ip) {
			return true
		}
	}
	return false
}

func prefixes(i net.Interface, six bool) []netip.Prefix {
	addrs, err := i.Addrs()
	if err != nil {
		return nil
	}
	var out []netip.Prefix
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is6() == six {
			out = append(out, p)
		}
	}
	return out
}
