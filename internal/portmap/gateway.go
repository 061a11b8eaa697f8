package portmap

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/libp2p/go-netroute"

	"github.com/shoal-project/shoal/internal/network"
)

const (
	serverPort = 5351 // of PCP and NAT-PMP
	ssdpPort   = 1900
	// firstWait is how long an answer may take before the request is sent again; it doubles (RFC 6886,
	// section 3.1).
	firstWait = 250 * time.Millisecond
	maxAnswer = 1100 // RFC 6887, section 7
)

// anywhere is an address on the far side of any router. Nothing is sent to it (RFC 5737).
var anywhere = net.IPv4(192, 0, 2, 1)

// findPlace tells where the router is, for sockets with this binding. Nothing is found on loopback, and
// nothing where the route to the outside is not the binding's.
func findPlace(bind string) place {
	table, err := netroute.New()
	if err != nil {
		return place{}
	}
	device, via, source, err := table.Route(anywhere)
	if err != nil || device == nil || device.Flags&net.FlagLoopback != 0 || !boundTo(bind, device, source) {
		return place{}
	}
	at := place{search: []netip.AddrPort{netip.AddrPortFrom(netip.AddrFrom4([4]byte{239, 255, 255, 250}), ssdpPort)}}
	if ip, ok := netip.AddrFromSlice(source); ok {
		at.self = ip.Unmap()
	}
	if ip, ok := netip.AddrFromSlice(via); ok && !ip.Unmap().IsUnspecified() {
		at.gateway = netip.AddrPortFrom(ip.Unmap(), serverPort)
		at.search = append(at.search, netip.AddrPortFrom(ip.Unmap(), ssdpPort))
	}
	return at
}

// boundTo reports whether sockets with the binding leave by the device.
func boundTo(bind string, device *net.Interface, source net.IP) bool {
	if bind == "" || bind == device.Name {
		return true
	}
	ip, err := netip.ParseAddr(bind)
	if err != nil {
		return false
	}
	if ip.IsUnspecified() {
		return true
	}
	if s, ok := netip.AddrFromSlice(source); ok && s.Unmap() == ip.Unmap() {
		return true
	}
	addrs, err := device.Addrs()
	if err != nil {
		return false
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr() == ip.Unmap() {
			return true
		}
	}
	return false
}

// gateway is a server of PCP or NAT-PMP.
type gateway struct {
	dialer *network.Dialer
	addr   netip.AddrPort
}

// errSilent is what a server gives that does not answer.
var errSilent = errors.New("no answer")

// exchange sends a request, which may depend on the address it is sent from, until something comes that
// accept takes or refuses for good; what it passes over belongs to another request.
func (g gateway) exchange(ctx context.Context, request func(from netip.Addr) []byte, accept func(answer []byte) (done bool, err error)) error {
	conn, err := g.dialer.DialContext(ctx, "udp4", g.addr.String())
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	from, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err != nil {
		return err
	}
	out, in := request(from.Addr().Unmap()), make([]byte, maxAnswer)
	for wait := firstWait; ctx.Err() == nil; wait *= 2 {
		if _, err := conn.Write(out); err != nil {
			return g.failure(ctx, err)
		}
		conn.SetReadDeadline(time.Now().Add(wait)) //nolint:errcheck // a closed socket shows at the read
		for {
			n, err := conn.Read(in)
			var late net.Error
			if errors.As(err, &late) && late.Timeout() {
				break
			}
			if err != nil {
				return g.failure(ctx, err)
			}
			if done, err := accept(in[:n]); done {
				return err
			}
		}
	}
	return g.failure(ctx, errSilent)
}

func (g gateway) failure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = errSilent
	}
	return fmt.Errorf("ask %s: %w", g.addr, err)
}
