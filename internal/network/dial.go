package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// ErrFamily says that an address is of a family that is switched off.
var ErrFamily = errors.New("the family of the address is switched off")

// DialPeer connects to a peer over TCP, within Options.DialTimeout and ctx. The connection is a
// *net.TCPConn with TCP_NODELAY set and, unless it leads to a proxy, without TCP keep-alives: the peer
// protocol has its own.
func (n *Network) DialPeer(ctx context.Context, addr netip.AddrPort) (net.Conn, error) {
	ip := addr.Addr().Unmap()
	addr = netip.AddrPortFrom(ip, addr.Port())
	if !ip.IsValid() || addr.Port() == 0 || zoneOf(ip) == zoneNowhere {
		return nil, fmt.Errorf("dial peer %s: %w: not an address of a peer", addr, ErrRefused)
	}
	if err := n.AdmitPeer(ip); err != nil {
		return nil, fmt.Errorf("dial peer %w", err)
	}
	f := familyOf(ip)
	if len(n.only(f)) == 0 {
		return nil, fmt.Errorf("dial peer %s: %w", addr, ErrFamily)
	}
	if n.proxy != nil {
		conn, err := n.dialProxy(ctx, addr.String())
		if err != nil {
			return nil, fmt.Errorf("dial peer %s %w", addr, err)
		}
		return conn, nil
	}
	ctx, cancel := context.WithTimeout(ctx, n.dialTimeout)
	defer cancel()
	local, err := n.bind.local(f)
	if err != nil {
		return nil, fmt.Errorf("dial peer %s: %w", addr, err)
	}
	d := net.Dialer{LocalAddr: localAddr("tcp", local), Control: n.bind.control, KeepAlive: -1}
	conn, err := d.DialContext(ctx, "tcp"+f.suffix(), addr.String())
	if err != nil {
		return nil, fmt.Errorf("dial peer %s: %w", addr, cause(err))
	}
	return conn, nil
}

// cause takes the address off an error of the net package, for callers that name it themselves. It
// looks no deeper, so that nothing wrapped around such an error is lost.
func cause(err error) error {
	if op, ok := err.(*net.OpError); ok && op.Err != nil { //nolint:errorlint // see above
		return op.Err
	}
	return err
}

// Dialer dials hosts that a URL names, under a policy. Make it with Network.Dialer.
type Dialer struct {
	network *Network
	reach   zone // the innermost zone that may be dialled
	family  Family
}

// Dialer gives the door for trackers over UDP, which have no path that a policy could look at: on
// loopback the policy's LoopbackPaths only have to name any path at all.
func (n *Network) Dialer(p Policy) *Dialer {
	reach := p.reach(p.somePath(), true)
	return &Dialer{network: n, reach: reach, family: p.Family}
}

// DialContext connects to "host:port" over "tcp" or "udp", or with 4 or 6 appended over this family
// only. Each address that the name has is checked when it is dialled; the error of one that may not
// be reached wraps ErrRefused. A UDP connection takes datagrams from the dialled address alone.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	transport, want := network, d.family
	for _, f := range []Family{IPv4, IPv6} {
		if len(network) == 4 && network[3:] == f.suffix() {
			if want != AnyFamily && want != f {
				return nil, fmt.Errorf("dial %s: %w", address, ErrFamily)
			}
			transport, want = network[:3], f
		}
	}
	if transport != "tcp" && transport != "udp" {
		return nil, fmt.Errorf("dial %s: %w: not over %q", address, ErrRefused, network)
	}
	if d.network.proxy == nil {
		return d.dialDirect(ctx, transport, want, address)
	}
	if transport != "tcp" {
		return nil, fmt.Errorf("dial %s: %w", address, errNoUDP)
	}
	if err := d.admitHost(address); err != nil {
		return nil, fmt.Errorf("dial %s: %w", address, err)
	}
	conn, err := d.network.dialProxy(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("dial %s %w", address, err)
	}
	return conn, nil
}

// dialDirect connects without a proxy.
func (d *Dialer) dialDirect(ctx context.Context, transport string, want Family, address string) (net.Conn, error) {
	families := d.network.only(want)
	if len(families) == 0 {
		return nil, fmt.Errorf("dial %s: %w", address, ErrFamily)
	}
	// Without a local address of its own for each family, one dialer races both.
	if len(families) == 2 && !d.network.bind.bound() {
		families = []Family{AnyFamily}
	}
	var failed error
	for _, f := range families {
		conn, err := d.dialFamily(ctx, transport, f, address)
		if err == nil {
			return conn, nil
		}
		if failed == nil || errors.Is(failed, errNoFamily) {
			failed = err
		}
	}
	return nil, fmt.Errorf("dial %s: %w", address, cause(failed))
}

func (d *Dialer) dialFamily(ctx context.Context, transport string, f Family, address string) (net.Conn, error) {
	var local netip.Addr
	if f != AnyFamily {
		var err error
		if local, err = d.network.bind.local(f); err != nil {
			return nil, err
		}
	}
	dialer := net.Dialer{LocalAddr: localAddr(transport, local), Control: d.control, Timeout: d.network.dialTimeout}
	return dialer.DialContext(ctx, transport+f.suffix(), address)
}

// control checks the address of a socket that is about to connect, and then binds the socket.
func (d *Dialer) control(network, address string, raw syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %q is not an address", ErrRefused, address)
	}
	if err := d.reach.admit(to.Addr()); err != nil {
		return err
	}
	return d.network.bind.control(network, address, raw)
}
