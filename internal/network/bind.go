package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// binding is what Options.Bind asked for: an address, an interface, or nothing.
type binding struct {
	addr   netip.Addr // valid: this address
	device string     // not empty: this interface
}

// errNoFamily says that there is nothing of a family to bind to.
var errNoFamily = errors.New("no address of this family")

// parseBinding takes everything that reads as an address for one, and anything else for the name of
// an interface. The unspecified addresses bind nothing but choose the family.
func parseBinding(s string) binding {
	if s == "" {
		return binding{}
	}
	if ip, err := netip.ParseAddr(s); err == nil {
		return binding{addr: ip.Unmap()}
	}
	return binding{device: s}
}

func (b binding) String() string {
	if b.device != "" {
		return b.device
	}
	return b.addr.String()
}

// bound reports whether anything was asked for.
func (b binding) bound() bool { return b.device != "" || b.addr.IsValid() }

// check tries the binding with a socket of each family, and fails if none can be had.
func (b binding) check(families []Family) error {
	if !b.bound() {
		return nil
	}
	var failed error
	for _, f := range families {
		ip, err := b.local(f)
		if err == nil {
			var conn net.PacketConn
			lc := net.ListenConfig{Control: b.control}
			conn, err = lc.ListenPacket(context.Background(), "udp"+f.suffix(), hostPort(ip, f, 0))
			if err == nil {
				return conn.Close()
			}
		}
		if failed == nil || !errors.Is(err, errNoFamily) {
			failed = err
		}
	}
	return fmt.Errorf("bind to %s: %w: %w", b, ErrBind, failed)
}

// local is the address that a socket of the family is to have, looked up anew each time, because
// the addresses of an interface change. The zero Addr is any. The error wraps errNoFamily where the
// binding has nothing of this family.
func (b binding) local(f Family) (netip.Addr, error) {
	if b.device != "" {
		return b.deviceAddr(f)
	}
	if b.addr.IsValid() && !f.has(b.addr) {
		return netip.Addr{}, fmt.Errorf("%s: %w", b.addr, errNoFamily)
	}
	return b.addr, nil
}

// deviceAddr is the local address for sockets on the interface. Where the system ties a socket to
// an interface the address is left open, so that it survives a change of address; elsewhere it is
// the first address of the interface that reaches further than the link.
func (b binding) deviceAddr(f Family) (netip.Addr, error) {
	device, err := net.InterfaceByName(b.device)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("find interface %s: %w: %w", b.device, ErrBind, err)
	}
	addrs, err := device.Addrs()
	if err != nil {
		return netip.Addr{}, fmt.Errorf("list addresses of %s: %w: %w", b.device, ErrBind, err)
	}
	var best netip.Addr
	for _, a := range addrs {
		prefix, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		ip, ok := netip.AddrFromSlice(prefix.IP)
		ip = ip.Unmap()
		if !ok || !f.has(ip) {
			continue
		}
		if ip.IsLinkLocalUnicast() {
			ip = ip.WithZone(b.device)
		}
		if !best.IsValid() || best.IsLinkLocalUnicast() && !ip.IsLinkLocalUnicast() {
			best = ip
		}
	}
	if !best.IsValid() {
		return netip.Addr{}, fmt.Errorf("interface %s: %w (%s)", b.device, errNoFamily, f)
	}
	if tiesSockets {
		return netip.Addr{}, nil
	}
	return best, nil
}

// control ties a socket to the interface before it is bound or connected. It has the type that
// net.ListenConfig and net.Dialer ask for.
func (b binding) control(network, _ string, raw syscall.RawConn) error {
	if b.device == "" {
		return nil
	}
	var tied error
	if err := raw.Control(func(fd uintptr) { tied = tieSocket(fd, network, b.device) }); err != nil {
		return fmt.Errorf("bind to %s: %w: %w", b.device, ErrBind, err)
	}
	if tied != nil {
		return fmt.Errorf("bind to %s: %w: %w", b.device, ErrBind, tied)
	}
	return nil
}
