//go:build interop

package interop

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// A magnet and the seeder's IPv6 address are all that the getter has, over TCP and uTP, in the clear and encrypted.
func TestIPv6(t *testing.T) {
	t.Parallel()
	for _, flags := range [][]string{nil, {"--utp"}, {"--utp", "--encrypted"}} {
		for _, c := range []struct{ seeder, getter lab.Client }{
			{lab.Libtorrent{}, lab.Libtorrent{}}, // the rig
			{lab.Libtorrent{}, lab.Shoal{}},
			{lab.Shoal{}, lab.Libtorrent{}},
		} {
			t.Run(fmt.Sprint(c.seeder.Name(), " to ", c.getter.Name(), " ", flags), func(t *testing.T) {
				t.Parallel()
				overIPv6(t, c.seeder, c.getter, map[lab.Client][]string{lab.Libtorrent{}: flags})
			})
		}
	}
}

func overIPv6(t *testing.T, seeder, getter lab.Client, flags map[lab.Client][]string) {
	seeder.Need(t)
	getter.Need(t)
	lab.Libtorrent{}.Need(t)
	net := lab.NewNet(t, 2)
	seed, get := net.Hosts[seedHost], net.Hosts[getHost]
	ctx := lab.Within(t, 60*time.Second)

	tor := create(seed, seeder, lab.WriteFile(t, seed.Dir+"/content", "over IPv6.bin", 8<<20))
	job := lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content), Extra: flags[seeder]}
	if err := seeder.Seed(seed, job).Complete(ctx); err != nil {
		t.Fatal(err)
	}
	job = lab.Job{
		Source: tor.Magnet, Dir: filepath.Join(get.Dir, "got"), Peers: []string{fmt.Sprintf("[%s]:%d", seed.Addr6, lab.Port)}, Extra: flags[getter],
	}
	p := getter.Get(get, job)
	if err := p.Complete(ctx); err != nil {
		t.Fatal(err)
	}
	p.Stop()
	if err := lab.Same(filepath.Dir(tor.Content), job.Dir, torrentFile(tor)); err != nil {
		t.Error(err)
	}
}
