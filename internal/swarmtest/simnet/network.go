package simnet

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"
)

// Path is what lies between two hosts, in either direction.
type Path struct {
	Delay time.Duration // one way
	Loss  float64       // share of packets that have to be sent again, 0 to 1
}

// Options are the buffers of all connections of a network. Zero values give the defaults.
type Options struct {
	SendBuffer int // bytes that wait to be sent at most while the congestion window is small: 64 KiB
	Window     int // bytes unread or unacknowledged at most: 8 MiB
	// ConnectTimeout is how long a dial waits for a host that does not answer: 5 s.
	ConnectTimeout time.Duration
}

// Network is a set of hosts. Make it inside the bubble it is used in.
type Network struct {
	opts Options

	mu      sync.Mutex
	rand    *rand.Rand
	hosts   map[netip.Addr]*Host
	paths   map[[2]netip.Addr]Path
	usual   Path
	cut     func(a, b netip.Addr) bool
	streams map[*stream]struct{} // that are open

	queue   events
	timer   *time.Timer
	timerAt int64 // 0: not set
	running bool
	serial  uint64 // of the last connection
}

// New makes a network without hosts. The seed decides every random choice that it makes.
func New(seed uint64, o Options) *Network {
	if o.SendBuffer <= 0 {
		o.SendBuffer = 64 << 10
	}
	if o.Window <= 0 {
		o.Window = 8 << 20
	}
	if o.ConnectTimeout <= 0 {
		o.ConnectTimeout = 5 * time.Second
	}
	return &Network{
		opts: o, rand: rand.New(rand.NewPCG(seed, 0x51e7)),
		hosts: make(map[netip.Addr]*Host), paths: make(map[[2]netip.Addr]Path), streams: make(map[*stream]struct{}),
	}
}

// SetPath sets the path between two addresses for connections made from now on.
func (n *Network) SetPath(a, b netip.Addr, p Path) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.paths[pair(a, b)] = p
}

// SetUsualPath sets the path between hosts for which SetPath was not called.
func (n *Network) SetUsualPath(p Path) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.usual = p
}

func pair(a, b netip.Addr) [2]netip.Addr {
	if b.Less(a) {
		a, b = b, a
	}
	return [2]netip.Addr{a, b}
}

func (n *Network) path(a, b netip.Addr) Path {
	if p, ok := n.paths[pair(a, b)]; ok {
		return p
	}
	return n.usual
}

// Partition lets nothing pass between addresses for which cut reports true: connections stay and are silent,
// dials get no answer. cut has to be symmetric and must not use the network.
func (n *Network) Partition(cut func(a, b netip.Addr) bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut = cut
}

// rto is when a connection goes on after a partition has healed.
const rto = int64(time.Second)

// Heal ends the partition.
func (n *Network) Heal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut = nil
	now := n.now()
	for s := range n.streams {
		for _, c := range s.held {
			n.schedule(now+rto, arrive, s, c)
		}
		s.held = nil
		s.resumeAt(now + rto)
	}
}

// parted reports whether nothing passes between two hosts. The lock is held.
func (n *Network) parted(a, b *Host) bool { return n.cut != nil && n.cut(a.addr, b.addr) }

// AddHost puts a host on the network. The address has to be new.
func (n *Network) AddHost(addr netip.Addr, o HostOptions) (*Host, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.hosts[addr] != nil {
		return nil, fmt.Errorf("add host: %s is there already", addr)
	}
	h := &Host{net: n, addr: addr, nat: o.NAT, holes: make(map[flow]hole), listeners: make(map[uint16]*listener), nextPort: 32768}
	h.up.init(n, o.Up)
	h.down.rate = o.Down
	n.hosts[addr] = h
	return h, nil
}

// Connections is the number of connections that are open at either end.
func (n *Network) Connections() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return (len(n.streams) + 1) / 2
}
