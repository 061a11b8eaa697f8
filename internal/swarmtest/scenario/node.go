package scenario

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/shoal-project/shoal/internal/disk"
	"github.com/shoal-project/shoal/internal/network"
	"github.com/shoal-project/shoal/internal/peer"
	"github.com/shoal-project/shoal/internal/swarm"
	"github.com/shoal-project/shoal/internal/swarmtest/simnet"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// Spec says what a peer is. The zero value is an honest downloader with unlimited bandwidth that stays as a seed.
type Spec struct {
	Up, Down int64 // bytes a second of its host
	NAT      simnet.NAT
	Punch    bool  // it punches holes, and helps others to (BEP 55)
	Seed     bool  // it has everything from the start
	Super    bool  // it superseeds (BEP 16)
	Leave    bool  // it goes when it is complete
	Memory   int64 // its budget for blocks; 0: 64 MiB
	MaxPeers int
	Path     simnet.Path // to everybody else, if set

	Lie       float64 // share of reads that it answers with wrong bytes
	Mute      bool    // it gives nothing
	Stall     func() bool
	WriteTime time.Duration
	Magnet    bool           // it has no metadata and asks peers
	Info      *metainfo.Info // it believes in other metadata for the same infohash
	Deaf      bool           // the tracker does not tell of it
	Web       *WebServer     // a web seed that it knows; nil: none

	// Limits of its user, which can be changed while it runs; nil: none.
	UpLimit, DownLimit *network.Limiter
}

// Node is one peer of a world.
type Node struct {
	Spec
	ID      int
	Host    *simnet.Host
	Torrent *swarm.Torrent
	Storage *Storage
	Memory  *disk.Memory

	world  *World
	addr   netip.AddrPort
	listen net.Listener
	cancel context.CancelFunc
	work   sync.WaitGroup

	mu      sync.Mutex
	err     error
	done    bool
	took    time.Duration // from start to completion
	warned  []error
	started time.Time
}

const port = 6881

// newNode makes a peer and starts it.
func (w *World) newNode(spec Spec, host *simnet.Host) (*Node, error) {
	if spec.Memory == 0 {
		spec.Memory = 64 << 20
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.serial++
	n := &Node{Spec: spec, ID: w.serial, Host: host, Memory: disk.NewMemory(spec.Memory / w.Scale), world: w, cancel: cancel, started: time.Now()}
	n.addr = netip.AddrPortFrom(host.Addr(), port)
	var err error
	if n.listen, err = host.Listen(port); err != nil {
		cancel()
		return nil, err
	}
	rnd := rand.New(rand.NewPCG(w.rand.Uint64(), uint64(n.ID)))
	n.Storage = newStorage(ctx, w.Content, n.Memory, spec.Seed)
	n.Storage.takes = time.Duration(n.ID) * 97
	n.Storage.Mute, n.Storage.Stall, n.Storage.WriteTime = spec.Mute, spec.Stall, spec.WriteTime
	if spec.Lie > 0 {
		n.Storage.Lie = lockedChance(rand.New(rand.NewPCG(w.rand.Uint64(), 1)), spec.Lie)
	}
	n.Torrent = swarm.New(n.config(rnd))
	n.work.Go(n.accept)
	wait := time.Duration(w.rand.Int64N(int64(startWithin)))
	n.work.Go(func() { n.live(ctx, wait) })
	return n, nil
}

// startWithin is how far apart peers begin that are started together. Real ones do not tick in step, and timers that run
// out at the same nanosecond do so in no order that a seed could decide.
const startWithin = 50 * time.Millisecond

// live begins after a while.
func (n *Node) live(ctx context.Context, wait time.Duration) {
	t := time.NewTimer(wait)
	select {
	case <-t.C:
	case <-ctx.Done():
		t.Stop()
	}
	n.work.Go(func() { n.world.announce(ctx, n) })
	n.run(ctx)
}

// lockedChance draws true for a share of the calls.
func lockedChance(r *rand.Rand, share float64) func() bool {
	var mu sync.Mutex
	return func() bool {
		mu.Lock()
		defer mu.Unlock()
		return r.Float64() < share
	}
}

func (n *Node) config(rnd *rand.Rand) swarm.Config {
	info := n.world.Content.Info
	c := swarm.Config{
		Hash: info.InfoHash(), Info: info, Client: "scenario", Port: port,
		Memory: n.Memory, Dial: n.dial, MaxPeers: n.MaxPeers, Keep: !n.Leave, Rand: rnd, OnEvent: n.onEvent,
		SuperSeed: n.Super,
		Open: func(context.Context, *metainfo.Info, map[metainfo.Hash256][]byte) (swarm.Storage, error) {
			return n.Storage, nil
		},
	}
	for i := range c.PeerID {
		c.PeerID[i] = byte(rnd.Uint32())
	}
	if n.Punch {
		c.Punch = n.punch
	}
	if n.UpLimit != nil {
		c.Up = append(c.Up, n.UpLimit)
	}
	if n.DownLimit != nil {
		c.Down = append(c.Down, n.DownLimit)
	}
	if n.Web != nil {
		c.WebSeeds = n.Web.seeds(n.Host)
	}
	switch {
	case n.Magnet:
		c.Info = nil
	case n.Info != nil:
		c.Info = n.Info
	}
	return c
}

func (n *Node) run(ctx context.Context) {
	err := n.Torrent.Run(ctx, func() (context.Context, context.CancelFunc) {
		return context.WithTimeout(context.Background(), time.Minute)
	})
	n.mu.Lock()
	n.err = err
	n.mu.Unlock()
	n.listen.Close()
	n.world.removed(n)
}

func (n *Node) onEvent(e swarm.Event) {
	n.mu.Lock()
	switch e.Kind {
	case swarm.Complete:
		n.done, n.took = true, time.Since(n.started)
	case swarm.Warning:
		n.warned = append(n.warned, e.Err)
	}
	n.mu.Unlock()
	if e.Kind == swarm.Complete {
		n.world.completed()
	}
}

// accept greets whoever connects, as a session does.
func (n *Node) accept() {
	for {
		nc, err := n.listen.Accept()
		if err != nil {
			return
		}
		n.work.Go(func() { n.welcome(nc) })
	}
}

func (n *Node) welcome(nc net.Conn) {
	addr := nc.RemoteAddr().(*net.TCPAddr).AddrPort()
	hs, err := n.greet(nc)
	if err != nil {
		nc.Close()
		return
	}
	n.Torrent.Accept(nc, hs, addr) //nolint:errcheck // why a peer left is nobody's business here
}

func (n *Node) greet(nc net.Conn) (peer.Handshake, error) {
	if err := nc.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return peer.Handshake{}, err
	}
	hs, err := peer.ReadHandshake(nc)
	if err != nil {
		return hs, err
	}
	if !n.Torrent.Named(hs.InfoHash) {
		return hs, errors.New("another torrent")
	}
	if err := n.Torrent.Answer(hs).Write(nc); err != nil {
		return hs, err
	}
	return hs, nc.SetDeadline(time.Time{})
}

// Stop ends the peer as its user would, and waits for it.
func (n *Node) Stop() {
	n.world.removed(n)
	n.cancel()
	n.listen.Close()
	n.work.Wait()
}

// Completed tells whether the peer has everything, and how long it took.
func (n *Node) Completed() (took time.Duration, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.took, n.done
}

// banned is the addresses that the peer said it banned.
func (n *Node) banned() (out []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, err := range n.warned {
		if f := strings.Fields(err.Error()); len(f) > 2 && f[0] == "ban" {
			out = append(out, strings.TrimSuffix(f[2], ":"))
		}
	}
	return out
}

// dial connects to another node; there is one way only, however often it was tried.
func (n *Node) dial(ctx context.Context, addr netip.AddrPort, _ int) (net.Conn, error) {
	return n.Host.Dial(ctx, addr)
}

// punch connects from the port that it listens on, as uTP does.
func (n *Node) punch(ctx context.Context, addr netip.AddrPort) (net.Conn, error) {
	return n.Host.DialFrom(ctx, port, addr)
}
