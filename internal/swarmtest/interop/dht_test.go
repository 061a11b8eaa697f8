//go:build interop

package interop

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

const dhtPort = 42500

// In a private DHT of libtorrent nodes, a magnet without a tracker is all that a getter has.
func TestDHT(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name           string
		seeder, getter lab.Client
	}{
		{"libtorrent finds libtorrent", lab.Libtorrent{}, lab.Libtorrent{}}, // the rig
		{"shoal finds libtorrent", lab.Libtorrent{}, lab.Shoal{}},
		{"libtorrent finds shoal", lab.Shoal{}, lab.Libtorrent{}},
		{"shoal finds shoal", lab.Shoal{}, lab.Shoal{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			findByDHT(t, c.seeder, c.getter)
		})
	}
}

func findByDHT(t *testing.T, seeder, getter lab.Client) {
	lab.Libtorrent{}.Need(t)
	seeder.Need(t)
	getter.Need(t)
	net := lab.NewNet(t, 4)
	seed, get := net.Hosts[seedHost], net.Hosts[getHost]
	ctx := lab.Within(t, 90*time.Second)
	bootstrap := privateDHT(t, net)

	tor := create(seed, seeder, lab.WriteFile(t, seed.Dir+"/content", "found by the dht.bin", 4<<20))
	job := lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content), Extra: []string{"--dht-bootstrap", bootstrap}}
	if err := seeder.Seed(seed, job).Complete(ctx); err != nil {
		t.Fatal(err)
	}
	job.Source, job.Dir = tor.Magnet, filepath.Join(get.Dir, "got")
	began := time.Now()
	p := getter.Get(get, job)
	if err := p.Complete(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("found and fetched in %v", time.Since(began).Round(time.Millisecond))
	p.Stop()
	if err := lab.Same(filepath.Dir(tor.Content), job.Dir, torrentFile(tor)); err != nil {
		t.Error(err)
	}
}

// privateDHT runs a DHT of three libtorrent nodes, on the bridge and the last two hosts of a net, waits until the
// first knows the others and returns its address.
func privateDHT(t *testing.T, net *lab.Net) string {
	t.Helper()
	bootstrap := fmt.Sprintf("%s:%d", net.Bridge.Addr, dhtPort)
	ctx := lab.Within(t, 30*time.Second)
	first := lab.Libtorrent{}.Node(ctx, net.Bridge, dhtPort, "")
	for _, h := range net.Hosts[2:] {
		lab.Libtorrent{}.Node(ctx, h, dhtPort, bootstrap)
	}
	_, err := lab.Libtorrent{}.Status(ctx, first, func(s lab.LibtorrentStatus) bool { return s.DHTNodes == 2 })
	if err != nil {
		t.Fatal(err)
	}
	return bootstrap
}
