package dht

import (
	"context"
	"crypto/rand"
	"net"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what should take far less than a second.
const patience = 20 * time.Second

// testNode starts a node on a loopback address; it is closed when the test ends.
func testNode(t *testing.T, ip string, c Config) (*Node, netip.AddrPort) {
	t.Helper()
	conn, err := net.ListenPacket("udp", net.JoinHostPort(ip, "0"))
	if err != nil {
		t.Skipf("no socket on %s: %v", ip, err)
	}
	addr := addrPort(conn.LocalAddr())
	if addr.Addr().Is6() {
		c.Conn6 = conn
	} else {
		c.Conn4 = conn
	}
	n, err := New(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		conn.Close()
	})
	return n, addr
}

func randomHash() (h [20]byte) {
	rand.Read(h[:])
	return h
}

// run starts Run in the background and returns what it finds. It is ended with the test.
func run(t *testing.T, n *Node, hash [20]byte, port uint16, announce bool) *finds {
	t.Helper()
	f := &finds{changed: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		runFor(ctx, n, hash, port, announce, f.add)
	}()
	t.Cleanup(func() { cancel(); <-done })
	return f
}

// runFor is Run with a fixed port, announced or not.
func runFor(ctx context.Context, n *Node, hash [20]byte, port uint16, announce bool, found func([]netip.AddrPort)) error {
	s := Search{Infohash: hash, Found: found}
	if announce {
		s.Port = func() uint16 { return port }
	}
	return n.Run(ctx, s)
}

type finds struct {
	mu      sync.Mutex
	peers   []netip.AddrPort
	changed chan struct{}
}

func (f *finds) add(batch []netip.AddrPort) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.peers = append(f.peers, batch...)
	select {
	case f.changed <- struct{}{}:
	default:
	}
}

// await blocks until all of the peers were found.
func (f *finds) await(t *testing.T, want ...netip.AddrPort) {
	t.Helper()
	timeout := time.After(patience)
	for {
		f.mu.Lock()
		got := slices.Clone(f.peers)
		f.mu.Unlock()
		if !slices.ContainsFunc(want, func(w netip.AddrPort) bool { return !slices.Contains(got, w) }) {
			return
		}
		select {
		case <-f.changed:
		case <-timeout:
			t.Fatalf("found %v, want %v", got, want)
		}
	}
}

func at(addr netip.AddrPort, port uint16) netip.AddrPort {
	return netip.AddrPortFrom(addr.Addr(), port)
}

func TestFindThroughBootstrapNode(t *testing.T) {
	for _, ip := range []string{"127.0.0.1", "::1"} {
		t.Run(ip, func(t *testing.T) {
			t.Parallel()
			_, boot := testNode(t, ip, Config{})
			join := []string{boot.String()}
			a, addr := testNode(t, ip, Config{Bootstrap: join})
			b, _ := testNode(t, ip, Config{Bootstrap: join})
			c, _ := testNode(t, ip, Config{Bootstrap: join})
			hash := randomHash()
			run(t, a, hash, 7001, true)
			run(t, b, hash, 7002, true)
			began := time.Now()
			run(t, c, hash, 7003, true).await(t, at(addr, 7001), at(addr, 7002))
			t.Log("found after", time.Since(began))
		})
	}
}
