package scenario

import (
	"context"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/simnet"
)

const (
	announceEvery = 30 * time.Second
	announcePeers = 50
	announceDelay = 100 * time.Millisecond
)

// World is a network, a torrent and its peers. It belongs to one bubble.
type World struct {
	T       testing.TB
	Net     *simnet.Network
	Content *Content
	Nodes   []*Node // all that ever were
	// Scale divides the content, the pieces, all rates and memory: times stay what they are, and there is less to
	// move.
	Scale int64

	rand     *rand.Rand // of the test's goroutine
	recorded map[string]Figures
	noise    sync.WaitGroup // what goes on beside the peers
	over     chan struct{}
	atEnd    []func()
	serial   int
	hosts    int
	started  time.Time

	mu      sync.Mutex
	draw    *rand.Rand // of the tracker
	present []*Node
	news    chan struct{}
}

// NewWorld makes a world without peers. path lies between all hosts. What is divided by scale see World.
func NewWorld(t testing.TB, seed uint64, scale, length, pieceLength int64, path simnet.Path, o simnet.Options) *World {
	t.Helper()
	c, err := NewContent(seed, length/scale, max(pieceLength/scale, min(pieceLength, 4*blockSize)))
	if err != nil {
		t.Fatal(err)
	}
	w := &World{
		T: t, Net: simnet.New(seed, o), Content: c, rand: rand.New(rand.NewPCG(seed, 2)), recorded: make(map[string]Figures), over: make(chan struct{}),
		draw: rand.New(rand.NewPCG(seed, 3)),
		news: make(chan struct{}, 1), started: time.Now(), Scale: scale,
	}
	w.Net.SetUsualPath(path)
	return w
}

// Start adds a peer on a host of its own.
func (w *World) Start(spec Spec) *Node {
	w.T.Helper()
	w.hosts++
	addr := netip.AddrFrom4([4]byte{10, byte(w.hosts >> 16), byte(w.hosts >> 8), byte(w.hosts)})
	h, err := w.Net.AddHost(addr, simnet.HostOptions{Up: spec.Up / w.Scale, Down: spec.Down / w.Scale, NAT: spec.NAT})
	if err != nil {
		w.T.Fatal(err)
	}
	if spec.Path != (simnet.Path{}) {
		for _, n := range w.Nodes {
			w.Net.SetPath(addr, n.Host.Addr(), spec.Path)
		}
	}
	n, err := w.newNode(spec, h)
	if err != nil {
		w.T.Fatal(err)
	}
	w.Nodes = append(w.Nodes, n)
	w.mu.Lock()
	w.present = append(w.present, n)
	w.mu.Unlock()
	return n
}

// StartMany adds so many peers of a kind.
func (w *World) StartMany(count int, spec Spec) []*Node {
	w.T.Helper()
	out := make([]*Node, count)
	for i := range out {
		out[i] = w.Start(spec)
	}
	return out
}

// record keeps figures for the table. A test that records more than one tells them apart by part.
func (w *World) record(part string, f Figures) {
	w.T.Helper()
	w.T.Log(part, f)
	w.recorded[part] = f
}

// announce tells a peer of others, now and again: it is the tracker.
func (w *World) announce(ctx context.Context, n *Node) {
	wait := announceDelay
	for {
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return
		}
		n.Torrent.AddPeers("tracker", w.some(n)...)
		wait = announceEvery
	}
}

// some draws addresses of other peers.
func (w *World) some(n *Node) []netip.AddrPort {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []netip.AddrPort
	for _, i := range w.draw.Perm(len(w.present)) {
		if o := w.present[i]; o != n && !o.Deaf && len(out) < announcePeers {
			out = append(out, o.addr)
		}
	}
	return out
}

// removed takes a peer off the tracker.
func (w *World) removed(n *Node) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.present = slices.DeleteFunc(w.present, func(o *Node) bool { return o == n })
}

func (w *World) completed() {
	select {
	case w.news <- struct{}{}:
	default:
	}
}

// Wait waits until all of some peers are complete; it fails the test after limit, saying who stands where.
func (w *World) Wait(limit time.Duration, nodes ...*Node) {
	w.T.Helper()
	late := time.NewTimer(limit)
	defer late.Stop()
	for {
		left := slices.IndexFunc(nodes, func(n *Node) bool { _, ok := n.Completed(); return !ok })
		if left < 0 {
			return
		}
		select {
		case <-w.news:
		case <-late.C:
			w.T.Errorf("not complete after %v:\n%s", limit, describe(nodes))
			return
		}
	}
}

// describe says of those who are not complete where they stand.
func describe(nodes []*Node) (out string) {
	for _, n := range nodes {
		if _, ok := n.Completed(); ok {
			continue
		}
		s := n.Torrent.Stats()
		out += fmt.Sprintf("  peer %d: state %d, %d of %d pieces, %d peers (%d seeds, %d unchoke it), down %d B/s, known %d, banned %d, memory %+v, writes %d\n",
			n.ID, s.State, s.PiecesDone, s.Pieces, s.Peers, s.Seeds, s.Unchoked, s.RateDown, s.Known, s.Banned, n.Memory.Stats(), n.Storage.writes)
		for _, p := range n.Torrent.Peers() {
			out += fmt.Sprintf("    %s in=%v seed=%v down=%d up=%d choked=%v choking=%v interested=%v interesting=%v waiting=%d since %v\n",
				p.Addr, p.Incoming, p.Seed, p.Downloaded, p.Uploaded, p.Choked, p.Choking, p.Interested, p.Interesting, p.Waiting, p.Connected)
		}
		if len(out) > 16<<10 {
			return out + "  ...\n"
		}
	}
	return out
}

// covered reports whether the peers together have every piece.
func (w *World) covered(nodes []*Node) bool {
	n := w.Content.Info.NumPieces()
	have := make([]uint64, (n+63)/64)
	for _, o := range nodes {
		o.Storage.mu.Lock()
		for i := range have {
			have[i] |= o.Storage.have[i]
		}
		o.Storage.mu.Unlock()
	}
	count := 0
	for _, x := range have {
		count += bits.OnesCount64(x)
	}
	return count == n
}

// Close stops all peers and checks that they gave everything back: memory, connections, goroutines (the bubble does
// that).
func (w *World) Close() {
	w.T.Helper()
	close(w.over)
	for _, f := range w.atEnd {
		f()
	}
	w.noise.Wait()
	for _, n := range w.Nodes {
		n.cancel()
	}
	for _, n := range w.Nodes {
		n.Stop()
		m := n.Memory.Stats()
		if m.Reserved != 0 || m.Free != m.Allocated {
			w.T.Errorf("peer %d (%+v) left %d bytes reserved and %d bytes of blocks in use", n.ID, n.Spec, m.Reserved, m.Allocated-m.Free)
		}
	}
	time.Sleep(10 * time.Second) // what was in flight arrives
	if c := w.Net.Connections(); c != 0 {
		w.T.Errorf("%d connections are left", c)
	}
}
