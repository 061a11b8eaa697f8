//go:build interop

package interop

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// With a proxy no packet goes anywhere else, with everything switched on that would send some: DHT, UDP
// trackers, names, local discovery, port mapping. The data comes all the same: the HTTP tracker and the peer
// are reached through the proxy. The count is proved by a run without.
func TestProxyCarriesEverything(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(*testing.T, *lab.Host) string{
		"microsocks": func(t *testing.T, h *lab.Host) string {
			lab.NeedSOCKS(t)
			return h.SOCKS(lab.Within(t, 20*time.Second))
		},
		"dante": func(t *testing.T, h *lab.Host) string {
			url, ok := h.Dante(lab.Within(t, 20*time.Second))
			if !ok {
				t.Skip("Dante is not here (package dante-server)")
			}
			return url
		},
		"http": func(_ *testing.T, h *lab.Host) string { return h.HTTPProxy() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			throughProxy(t, start)
		})
	}
}

func throughProxy(t *testing.T, start func(*testing.T, *lab.Host) string) {
	lab.Shoal{}.Need(t)
	lab.NeedTracker(t)
	net := lab.NewNet(t, 3)
	seed, get, proxy := net.Hosts[0], net.Hosts[1], net.Hosts[2]
	ctx := lab.Within(t, 60*time.Second)

	tor := lab.Shoal{}.Create(seed, lab.WriteFile(t, seed.Dir+"/content", "through a proxy.bin", 16<<20),
		net.Bridge.TrackerURL("http"), net.Bridge.TrackerURL("udp"), "http://tracker.example.net/announce")
	tracker := net.Bridge.Tracker(ctx, tor)
	seeding := lab.Shoal{}.Seed(seed, lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content)})
	if err := seeding.Complete(ctx); err != nil {
		t.Fatal(err)
	}
	if err := tracker.Seeds(ctx, tor, 1); err != nil {
		t.Fatal(err)
	}
	args := []string{
		"get", "--json", "--port", fmt.Sprint(lab.Port), "--dht-bootstrap", net.Bridge.Addr + ":6881", "--dht-bootstrap", "node.example.net:6881",
		"--peer", "peer.example.net:6881", tor.File, "--output",
	}
	url := start(t, proxy)
	sent := get.Capture("eth0")
	fetch := func(more ...string) {
		t.Helper()
		dir := t.TempDir()
		p := get.Start(lab.Shoal{}.Binary(), append(append(args, dir), more...)...)
		if code, err := p.Exit(ctx); err != nil || code != 0 {
			t.Fatalf("code %d, %v\n%s", code, err, p.Tail(20))
		}
		if err := lab.Same(filepath.Dir(tor.Content), dir, torrentFile(tor)); err != nil {
			t.Error(err)
		}
	}
	fetch("--proxy", url)
	counts := sent.For(t, time.Second)
	t.Logf("with the proxy: %v", counts)
	if counts[netip.MustParseAddr(proxy.Addr)] == 0 || len(counts) != 1 {
		t.Errorf("packets went to %v, want them at %s alone", counts, proxy.Addr)
	}
	if s := tracker.Running(); !s {
		t.Error("the tracker is gone")
	}

	// Without the proxy working nothing leaves either.
	sent.Reset()
	p := get.Start(lab.Shoal{}.Binary(), append(args, t.TempDir(), "--timeout", "3s", "--proxy", strings.SplitAfter(url, "//")[0]+proxy.Addr+":1")...)
	if code, err := p.Exit(ctx); err != nil || code != 2 {
		t.Errorf("without the proxy: code %d, %v\n%s", code, err, p.Tail(20))
	}
	counts = sent.Sent()
	t.Logf("with a proxy that is not there: %v", counts)
	if delete(counts, netip.MustParseAddr(proxy.Addr)); len(counts) != 0 {
		t.Errorf("packets went to %v", counts)
	}

	sent.Reset()
	fetch()
	counts = sent.Sent()
	t.Logf("without: %v", counts)
	if counts[netip.MustParseAddr(seed.Addr)] == 0 || counts[netip.MustParseAddr(net.Bridge.Addr)] == 0 {
		t.Errorf("the count of packets is blind: %v", counts)
	}
}
