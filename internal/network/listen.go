package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"
)

// anyPortTries is how often a port that the system picked for one socket may turn out to be taken
// for another one.
const anyPortTries = 64

// ErrPorts says that no port of the range was free for all sockets.
var ErrPorts = errors.New("no port is free")

// Listeners are the sockets that peers reach us by, all on one port number.
type Listeners struct {
	// Port is the number that all sockets share.
	Port uint16
	// TCP has one listener for each family, IPv4 first. What they accept is a *net.TCPConn with
	// TCP_NODELAY set.
	TCP []net.Listener
	// UDP4 and UDP6 are nil where the family is switched off or missing on this machine.
	UDP4, UDP6 net.PacketConn
}

// Close closes all sockets.
func (l *Listeners) Close() error {
	var errs []error
	for _, t := range l.TCP {
		errs = append(errs, t.Close())
	}
	for _, u := range []net.PacketConn{l.UDP4, l.UDP6} {
		if u != nil {
			errs = append(errs, u.Close())
		}
	}
	return errors.Join(errs...)
}

// Listen opens TCP and UDP sockets for every allowed family on the first port of the range that is
// free for all of them. A family that this machine does not have is left out as long as the other
// one is there. The error wraps ErrPorts if every port was taken, ErrBind, or ErrProxy if there is one.
func (n *Network) Listen(ports PortRange) (*Listeners, error) {
	if err := ports.validate(); err != nil {
		return nil, fmt.Errorf("listen on ports %s: %w", ports, err)
	}
	if n.proxy != nil {
		return nil, fmt.Errorf("listen on ports %s: %w", ports, errNoUDP)
	}
	if ports.Any() {
		return n.listenAny()
	}
	var taken error
	for port := int(ports.First); port <= int(ports.Last); port++ {
		l, err := n.listenOn(uint16(port))
		if err == nil {
			return l, nil
		}
		if !isTaken(err) {
			return nil, fmt.Errorf("listen on port %d: %w", port, err)
		}
		taken = err
	}
	return nil, fmt.Errorf("listen on ports %s: %w: %w", ports, ErrPorts, taken)
}

// listenAny lets the system pick the port of the first socket and tries again until the others get
// the same one.
func (n *Network) listenAny() (*Listeners, error) {
	var taken error
	for range anyPortTries {
		l, err := n.listenOn(0)
		if err == nil {
			return l, nil
		}
		if !isTaken(err) {
			return nil, fmt.Errorf("listen on any port: %w", err)
		}
		taken = err
	}
	return nil, fmt.Errorf("listen on any port: %w: %w", ErrPorts, taken)
}

// listenOn opens all sockets on the port, or none. With port 0 the first one decides.
func (n *Network) listenOn(port uint16) (*Listeners, error) {
	l := &Listeners{Port: port}
	var missing error
	for _, f := range n.families() {
		err := n.listenFamily(l, f)
		if err == nil {
			continue
		}
		if MissingFamily(err) {
			n.log.Debug("listen without a family", "family", f, "err", err)
			missing = err
			continue
		}
		l.Close()
		return nil, err
	}
	if len(l.TCP) == 0 {
		return nil, missing
	}
	return l, nil
}

// listenFamily adds the two sockets of one family, both or none.
func (n *Network) listenFamily(l *Listeners, f Family) error {
	ip, err := n.bind.local(f)
	if err != nil {
		return err
	}
	if !ip.IsValid() && !machineHas(f) {
		return fmt.Errorf("this machine: %w (%s)", errNoFamily, f)
	}
	// Keep-alives of TCP are off because the peer protocol has its own. Multipath is off because
	// the sockets are read and written directly. "tcp6" and "udp6" are IPv6 only, so that IPv4 can
	// have the same port.
	lc := net.ListenConfig{Control: n.bind.control, KeepAlive: -1}
	lc.SetMultipathTCP(false)
	ctx := context.Background()
	tcp, err := lc.Listen(ctx, "tcp"+f.suffix(), hostPort(ip, f, l.Port))
	if err != nil {
		return err
	}
	port := tcp.Addr().(*net.TCPAddr).AddrPort().Port()
	udp, err := lc.ListenPacket(ctx, "udp"+f.suffix(), hostPort(ip, f, port))
	if err != nil {
		tcp.Close()
		return err
	}
	l.Port = port
	l.TCP = append(l.TCP, tcp)
	if f == IPv4 {
		l.UDP4 = udp
	} else {
		l.UDP6 = udp
	}
	return nil
}

// ListenPacket opens a UDP socket of the family on any port, for questions whose answers may come from
// other addresses than they went to, as those to a multicast group.
func (n *Network) ListenPacket(ctx context.Context, f Family) (net.PacketConn, error) {
	if n.proxy != nil {
		return nil, fmt.Errorf("listen on any port: %w", errNoUDP)
	}
	if len(n.only(f)) == 0 || f == AnyFamily {
		return nil, fmt.Errorf("listen on any port: %w", ErrFamily)
	}
	ip, err := n.bind.local(f)
	if err != nil {
		return nil, fmt.Errorf("listen on any port: %w", err)
	}
	lc := net.ListenConfig{Control: n.bind.control}
	conn, err := lc.ListenPacket(ctx, "udp"+f.suffix(), hostPort(ip, f, 0))
	if err != nil {
		return nil, fmt.Errorf("listen on any port: %w", err)
	}
	return conn, nil
}

// machineHas reports whether any interface has an address of the family. Without one, a socket on any
// address can be had all the same on some systems, and nothing would ever reach it.
func machineHas(f Family) bool {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return true // it is not told; opening the socket shows
	}
	for _, a := range addrs {
		if prefix, ok := a.(*net.IPNet); ok {
			if ip, ok := netip.AddrFromSlice(prefix.IP); ok && f.has(ip.Unmap()) {
				return true
			}
		}
	}
	return false
}

// hostPort is the text of an address to listen on; an invalid ip is any address of the family.
func hostPort(ip netip.Addr, f Family, port uint16) string {
	host := ip.String()
	if !ip.IsValid() {
		host = netip.IPv4Unspecified().String()
		if f == IPv6 {
			host = netip.IPv6Unspecified().String()
		}
	}
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}

// isTaken tells that another port may do.
func isTaken(err error) bool { return isAnyOf(err, takenErrnos[:]) }

// MissingFamily reports whether an error of this package says no more than that a family of addresses
// is switched off, or that this machine or its interface does not have it. Whoever tries both families
// has a better error to show where there is one.
func MissingFamily(err error) bool {
	return errors.Is(err, ErrFamily) || errors.Is(err, errNoFamily) || isAnyOf(err, missingErrnos[:])
}

func isAnyOf(err error, errnos []syscall.Errno) bool {
	for _, no := range errnos {
		if errors.Is(err, no) {
			return true
		}
	}
	return false
}
