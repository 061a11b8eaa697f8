package utp

import (
	"net/netip"
	"sync"
)

// sizes are those of a full packet without the headers below it. The first fits into what nearly every path takes, tunnels
// included; the second is what the path of IPv6 must take, the last what every one of IPv4.
var sizes = [...]int{1372, 1200, 548}

// maxPaths bounds the addresses that are known to need smaller packets.
const maxPaths = 1024

// paths knows which addresses large packets do not reach.
type paths struct {
	mu    sync.Mutex
	small map[netip.Addr]int // index of sizes
}

// size is that of a full packet to an address.
func (p *paths) size(to netip.Addr) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return sizes[p.small[to]]
}

// shrink notes that a packet of so many bytes did not get through. It reports whether the next one will be smaller.
func (p *paths) shrink(to netip.Addr, size int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	level := 0
	for level < len(sizes) && sizes[level] >= size {
		level++
	}
	if level == len(sizes) {
		return false
	}
	if len(p.small) >= maxPaths {
		for other := range p.small { // any: it will be found out again
			delete(p.small, other)
			break
		}
	}
	p.small[to] = level
	return true
}
