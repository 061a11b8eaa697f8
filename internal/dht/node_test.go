package dht

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestNewNeedsASocket(t *testing.T) {
	if _, err := New(t.Context(), Config{}); err == nil || !strings.HasPrefix(err.Error(), "start DHT node: ") {
		t.Errorf("New gives %v", err)
	}
}

func TestNewDoesNotWaitForNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		boot, addr := f.node(t, 1, Config{})
		var asked []string
		began := time.Now()
		n, _ := f.node(t, 2, Config{
			Bootstrap: []string{"slow.example:6881", "no port", "bad.example:0", "bad.example:99999", "gone.example:1"},
			Lookup: func(ctx context.Context, host string) ([]netip.Addr, error) {
				if host == "gone.example" {
					return nil, errors.New("no such host")
				}
				asked = append(asked, host)
				if len(asked) == 1 {
					<-ctx.Done() // the resolver hangs at first
					return nil, ctx.Err()
				}
				return []netip.Addr{addr.Addr(), netip.MustParseAddr("2001:db8::1")}, nil
			},
		})
		if took := time.Since(began); took > 0 {
			t.Errorf("New took %v", took)
		}
		time.Sleep(time.Minute)
		if got := n.Stats().IPv4.Good; got != 1 || !slices.Equal(asked, []string{"slow.example", "slow.example"}) {
			t.Errorf("%d nodes are known, %v were looked up", got, asked)
		}
		closeAll(t, []*Node{n, boot})
	})
}

func TestJoinsWhenTheBootstrapNodeComesLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		n, _ := f.node(t, 2, Config{Bootstrap: []string{testAddr(1, 6881).String()}})
		hash, found := randomHash(), make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		var once sync.Once
		var done sync.WaitGroup
		done.Go(func() { runFor(ctx, n, hash, 7000, true, func([]netip.AddrPort) { once.Do(func() { close(found) }) }) })
		time.Sleep(20 * time.Second)
		began := time.Now()
		boot, _ := f.node(t, 1, Config{})
		seeder, _ := f.node(t, 3, Config{Bootstrap: []string{testAddr(1, 6881).String()}})
		done.Go(func() { runFor(ctx, seeder, hash, 7001, true, func([]netip.AddrPort) {}) })
		<-found
		if took := time.Since(began); took > 40*time.Second {
			t.Errorf("found after %v", took)
		}
		cancel()
		done.Wait()
		closeAll(t, []*Node{n, boot, seeder})
	})
}

// TestLearnsTheOtherFamily has a node with both families that is told of one bootstrap node on IPv4.
func TestLearnsTheOtherFamily(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		dual := func(i int, c Config) *Node {
			c.Conn4, c.Conn6 = f.listen(i, false), f.listen(i, true)
			n, err := New(context.Background(), c)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		first := dual(1, Config{})
		second := dual(2, Config{Bootstrap: []string{testAddr(1, 6881).String(), addrPort(first.families[1].conn.LocalAddr()).String()}})
		time.Sleep(time.Minute)
		third := dual(3, Config{Bootstrap: []string{testAddr(1, 6881).String()}})
		time.Sleep(time.Minute)
		if s := third.Stats(); s.IPv4.Good < 2 || s.IPv6.Good < 1 {
			t.Errorf("stats are %+v", s)
		}
		// A peer on IPv6 alone is found.
		hash := randomHash()
		announceOnce(t, second, hash, 7000)
		want := netip.AddrPortFrom(addrPort(second.families[1].conn.LocalAddr()).Addr(), 7000)
		if _, ok := find(t, third, hash, want); !ok {
			t.Error("not found on IPv6")
		}
		closeAll(t, []*Node{first, second, third})
	})
}

func TestCloseIsQuickAndLeavesTheSocketOpen(t *testing.T) {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, boot := testNode(t, "127.0.0.1", Config{})
	for range 3 {
		// The second bootstrap node never answers.
		n, err := New(t.Context(), Config{Conn4: conn, Bootstrap: []string{boot.String(), "127.0.0.1:9"}})
		if err != nil {
			t.Fatal(err)
		}
		run(t, n, randomHash(), 7000, true)
		for news := n.news.wait(); n.Stats().IPv4.Good == 0; news = n.news.wait() {
			<-news
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
		n.Close()
		n.Add(boot)
	}
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.WriteTo([]byte("still here"), conn.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	for b := make([]byte, 2048); ; {
		n, _, err := conn.ReadFrom(b)
		if err != nil {
			t.Fatal(err)
		}
		if string(b[:n]) == "still here" {
			return
		}
	}
}

func TestSocketClosedUnderTheNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		boot, addr := f.node(t, 1, Config{})
		n, _ := f.node(t, 2, Config{Bootstrap: []string{addr.String()}})
		time.Sleep(time.Minute)
		n.families[0].conn.Close()
		time.Sleep(10 * time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		runFor(ctx, n, randomHash(), 1, true, func([]netip.AddrPort) {})
		cancel()
		began := time.Now()
		closeAll(t, []*Node{n, boot})
		if took := time.Since(began); took > closeTime {
			t.Errorf("Close took %v", took)
		}
	})
}

// flaky fails every second read, as a socket does that hears of an unreachable receiver.
type flaky struct {
	net.PacketConn
	fail bool
}

func (c *flaky) ReadFrom(b []byte) (int, net.Addr, error) {
	if c.fail = !c.fail; c.fail {
		return 0, nil, &net.OpError{Op: "read", Err: os.NewSyscallError("recvfrom", errors.New("connection refused"))}
	}
	return c.PacketConn.ReadFrom(b)
}

func TestFailedReadsPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		boot, addr := f.node(t, 1, Config{})
		n, err := New(t.Context(), Config{Conn4: &flaky{PacketConn: f.listen(2, false)}, Bootstrap: []string{addr.String()}})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if got := n.Stats().IPv4.Good; got != 1 {
			t.Errorf("%d nodes are known", got)
		}
		closeAll(t, []*Node{n, boot})
	})
}

func TestAddDropsWhatCannotBeANode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFabric()
		n, me := f.node(t, 1, Config{})
		before := f.packets(me)
		for _, a := range []string{"0.0.0.0:1", "11.0.0.9:0", "224.0.0.1:1", "[2001:db8::1]:1", "255.255.255.255:1"} {
			n.Add(netip.MustParseAddrPort(a))
		}
		n.Add(netip.AddrPort{})
		for range 10_000 {
			n.Add(testAddr(9, 1)) // nobody there
		}
		time.Sleep(time.Second / 2)
		if got := f.packets(me) - before; got != 1 {
			t.Errorf("%d packets were sent", got)
		}
		closeAll(t, []*Node{n})
	})
}
