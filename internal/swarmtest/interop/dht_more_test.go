//go:build interop

package interop

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/dht"
	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// debianPython is the interpreter that Debian's libtorrent is for.
const debianPython = "/usr/bin/python3"

// TestDHTProbe is a program of its own: a DHT node on a host that counts the peers of a torrent again and again. Its arguments
// are an address to listen on, a bootstrap node and an infohash.
func TestDHTProbe(t *testing.T) {
	if flag.NArg() != 3 {
		t.Skip("a part of other tests")
	}
	conn, err := net.ListenPacket("udp4", flag.Arg(0))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	node, err := dht.New(t.Context(), dht.Config{Conn4: conn, Bootstrap: []string{flag.Arg(1)}})
	if err != nil {
		t.Fatal(err)
	}
	defer node.Close()
	hash, err := hex.DecodeString(flag.Arg(2))
	if err != nil {
		t.Fatal(err)
	}
	for range time.Tick(time.Second) {
		seeds, leechers, err := node.Scrape(t.Context(), [20]byte(hash))
		if err == nil {
			fmt.Printf("counted %d and %d\n", seeds, leechers)
		}
	}
}

// probe runs TestDHTProbe on a host.
func probe(t *testing.T, h *lab.Host, bootstrap, hash string) *lab.Process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return h.Start(self, "-test.run=^TestDHTProbe$", "-test.v", "-test.timeout=2m", h.Addr+":42600", bootstrap, hash)
}

// Nodes of libtorrent count one seed and one leecher for us, by which it is they who announce (BEP 33).
func TestDHTScrape(t *testing.T) {
	t.Parallel()
	lab.Libtorrent{}.Need(t)
	net := lab.NewNet(t, 4)
	seed, get := net.Hosts[seedHost], net.Hosts[getHost]
	ctx := lab.Within(t, 90*time.Second)
	bootstrap := privateDHT(t, net)
	tor := lab.Libtorrent{}.Create(seed, lab.WriteFile(t, seed.Dir+"/content", "counted.bin", 4<<20), 1<<14)
	slow := []string{"--dht-bootstrap", bootstrap, "--up", "2000"}
	if err := (lab.Libtorrent{}).Seed(seed, lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content), Extra: slow}).Complete(ctx); err != nil {
		t.Fatal(err)
	}
	lab.Libtorrent{}.Get(get, lab.Job{Source: tor.Magnet, Dir: filepath.Join(get.Dir, "got"), Extra: slow})
	p := probe(t, net.Bridge, bootstrap, tor.InfoHash)
	if line, err := p.Line(ctx, func(line string) bool { return line == "counted 1 and 1" }); err != nil {
		t.Errorf("%v; the last was %q", err, line)
	}
}

// samplesScript asks a node for infohashes that it stores, until it gives some (BEP 51).
const samplesScript = `
import json, sys, time
import libtorrent as lt
s = lt.session({'listen_interfaces': sys.argv[1], 'enable_dht': True, 'dht_bootstrap_nodes': '', 'alert_mask': lt.alert.category_t.dht_operation_notification | lt.alert.category_t.dht_notification,
  'enable_lsd': False, 'enable_upnp': False, 'enable_natpmp': False})
host, port = sys.argv[2].split(':')
while True:
    s.dht_sample_infohashes((host, int(port)), lt.sha1_hash(b'0123456789' * 2))
    time.sleep(1)
    for a in s.pop_alerts():
        if isinstance(a, lt.dht_sample_infohashes_alert):
            print(json.dumps({'num': a.num_infohashes, 'interval': a.interval.total_seconds() if hasattr(a.interval, 'total_seconds') else a.interval,
                              'samples': [str(h) for h in a.samples]}), flush=True)
`

// libtorrent reads which infohashes a node of ours keeps.
func TestDHTSamples(t *testing.T) {
	t.Parallel()
	lab.Libtorrent{}.Need(t)
	lab.Shoal{}.Need(t)
	net := lab.NewNet(t, 2)
	ctx := lab.Within(t, 60*time.Second)
	node := fmt.Sprintf("%s:%d", net.Bridge.Addr, dhtPort)
	startNode(ctx, t, net.Bridge, net.Bridge.Addr, "")
	seed := net.Hosts[seedHost]
	tor := lab.Shoal{}.Create(seed, lab.WriteFile(t, seed.Dir+"/content", "sampled.bin", 1<<20))
	if err := (lab.Shoal{}).Seed(seed, lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content), Extra: []string{"--dht-bootstrap", node}}).Complete(ctx); err != nil {
		t.Fatal(err)
	}
	asker := net.Hosts[getHost]
	p := asker.Start(debianPython, "-W", "ignore", "-c", samplesScript, asker.Addr+":42700", node)
	var got struct {
		Num      int
		Interval float64
		Samples  []string
	}
	if _, err := p.Line(ctx, func(line string) bool {
		return json.Unmarshal([]byte(line), &got) == nil && len(got.Samples) > 0
	}); err != nil {
		t.Fatal(err)
	}
	if got.Num != 1 || got.Interval <= 0 || !slices.Contains(got.Samples, tor.InfoHash) {
		t.Errorf("libtorrent reads %+v, want %s", got, tor.InfoHash)
	}
}

// startNode runs a node of ours on a host.
func startNode(ctx context.Context, t *testing.T, h *lab.Host, addr, bootstrap string) {
	t.Helper()
	args := []string{"dht-node", "-v", "--bind", addr, "--port", fmt.Sprint(dhtPort)}
	if bootstrap != "" {
		args = append(args, "--dht-bootstrap", bootstrap)
	}
	p := h.Start(lab.Shoal{}.Binary(), args...)
	err := lab.Poll(ctx, "the node listens", func() (bool, error) {
		return strings.Contains(p.Stderr()+strings.Join(p.Lines(), "\n"), "listening on"), nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// strictScript is a node that takes into its table only nodes whose ids fit their addresses (BEP 42), and says how many.
const strictScript = `
import sys, time
import libtorrent as lt
s = lt.session({'listen_interfaces': sys.argv[1], 'enable_dht': True, 'dht_bootstrap_nodes': sys.argv[2], 'dht_enforce_node_id': True,
  'enable_lsd': False, 'enable_upnp': False, 'enable_natpmp': False})
while True:
    print('nodes', s.status().dht_nodes, flush=True)
    time.sleep(1)
`

// On addresses of the internet libtorrent refuses nodes whose ids do not fit them. Ours learn theirs from one another.
func TestDHTNodeIDs(t *testing.T) {
	t.Parallel()
	lab.Libtorrent{}.Need(t)
	lab.Shoal{}.Need(t)
	net := lab.NewNet(t, 6)
	ctx := lab.Within(t, 90*time.Second)
	outside := func(i int) string { return fmt.Sprintf("45.%d.0.1", i+1) }
	for i, h := range net.Hosts {
		if code, err := h.Start("ip", "addr", "add", outside(i)+"/8", "dev", "eth0").Exit(ctx); err != nil || code != 0 {
			t.Fatal("no address:", code, err)
		}
	}
	bootstrap := fmt.Sprintf("%s:%d", outside(0), dhtPort)
	startNode(ctx, t, net.Hosts[0], outside(0), "")
	for i := range 4 {
		startNode(ctx, t, net.Hosts[1+i], outside(1+i), bootstrap)
	}
	p := net.Hosts[5].Start(debianPython, "-W", "ignore", "-c", strictScript, outside(5)+":42700", bootstrap)
	// The node that it enters at does not count.
	if _, err := p.Line(ctx, func(line string) bool { return line == "nodes 4" }); err != nil {
		t.Error(err)
	}
}
