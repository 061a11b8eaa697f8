package session

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"

	"github.com/shoal-project/shoal/internal/dht"
	"github.com/shoal-project/shoal/internal/network"
)

// RunDHTNode starts a DHT node that serves others and shares nothing: a place to enter the DHT at. Of
// the configuration it reads the ports, the binding, the families, the cache folder and the bootstrap
// nodes, where nil means none, so that a first node makes a DHT of its own. It returns the address that
// the node listens on and a function that waits until ctx is done, saves the routing table and closes
// the sockets; the function must be called.
func RunDHTNode(ctx context.Context, cfg Config) (addr netip.AddrPort, wait func() error, err error) {
	n, err := network.New(network.Options{Bind: cfg.Bind, IPv4: cfg.IPv4, IPv6: cfg.IPv6, Log: cfg.Log})
	if err != nil {
		return addr, nil, err
	}
	l, err := n.Listen(cfg.Ports)
	if err != nil {
		return addr, nil, err
	}
	for _, t := range l.TCP {
		t.Close() // peers find nothing here
	}
	c := dht.Config{Conn4: l.UDP4, Conn6: l.UDP6, Bootstrap: cfg.DHTBootstrap, Log: cfg.Log}
	if cfg.CacheDir != "" {
		c.TablePath = filepath.Join(cfg.CacheDir, "dht-node.dat")
	}
	node, err := dht.New(ctx, c)
	if err != nil {
		l.Close()
		return addr, nil, fmt.Errorf("start DHT node: %w", err)
	}
	return udpAddr(l), func() error {
		<-ctx.Done()
		err := node.Close()
		l.Close() // the TCP ones are closed already, which is all it could complain of
		return err
	}, nil
}

// udpAddr is where the node is reached, on IPv4 if it has that.
func udpAddr(l *network.Listeners) netip.AddrPort {
	conn := l.UDP4
	if conn == nil {
		conn = l.UDP6
	}
	if a, ok := conn.LocalAddr().(*net.UDPAddr); ok {
		a := a.AddrPort()
		return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
	}
	return netip.AddrPortFrom(netip.IPv4Unspecified(), l.Port)
}
