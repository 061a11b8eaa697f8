package dht

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

const (
	resolveTime = 10 * time.Second // for one look-up of a name
	maxRouters  = 64               // bootstrap nodes, and addresses of each, that are used
)

// resolveRouters looks the bootstrap nodes up, all at once, again and again until each has an address.
func (n *Node) resolveRouters(names []string, lookup func(context.Context, string) ([]netip.Addr, error)) {
	if lookup == nil {
		lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	var all sync.WaitGroup
	defer all.Wait()
	for _, name := range names[:min(len(names), maxRouters)] {
		host, port, err := net.SplitHostPort(name)
		if err != nil {
			n.log.Warn("dht: bootstrap node is not host:port", "node", name)
			continue
		}
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil || number == 0 {
			n.log.Warn("dht: bootstrap node has no good port", "node", name)
			continue
		}
		all.Go(func() { n.resolveRouter(host, uint16(number), lookup) })
	}
}

func (n *Node) resolveRouter(host string, port uint16, lookup func(context.Context, string) ([]netip.Addr, error)) {
	for wait := retryFirst; n.ctx.Err() == nil; wait = min(2*wait, retryLast) {
		if ip, err := netip.ParseAddr(host); err == nil {
			n.addRouter(netip.AddrPortFrom(ip.Unmap(), port))
			return
		}
		ctx, cancel := context.WithTimeout(n.ctx, resolveTime)
		ips, err := lookup(ctx, host)
		cancel()
		for _, ip := range ips[:min(len(ips), maxRouters)] {
			n.addRouter(netip.AddrPortFrom(ip.Unmap(), port))
		}
		if err == nil && len(ips) > 0 {
			return
		}
		n.log.Debug("dht: resolve bootstrap node failed", "host", host, "error", err)
		timer := time.NewTimer(wait)
		select {
		case <-n.ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
}

// addRouter makes an address an entrance of its family and, while few nodes are known, asks it at once.
func (n *Node) addRouter(addr netip.AddrPort) {
	f := n.family(addr.Addr().Is6())
	if f == nil || !dialable(addr, f.six) {
		return
	}
	f.mu.Lock()
	f.routers = append(f.routers, addr)
	f.mu.Unlock()
	if f.few() {
		f.meet(addr)
	}
}
