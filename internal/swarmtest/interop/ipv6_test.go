//go:build interop

package interop

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// A magnet and the seeder's IPv6 address are all that the getter has.
func TestIPv6(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ seeder, getter lab.Client }{
		{lab.Libtorrent{}, lab.Libtorrent{}}, // the rig
		{lab.Libtorrent{}, lab.Shoal{}},
		{lab.Shoal{}, lab.Libtorrent{}},
	} {
		t.Run(c.seeder.Name()+" to "+c.getter.Name(), func(t *testing.T) {
			t.Parallel()
			c.seeder.Need(t)
			c.getter.Need(t)
			lab.Libtorrent{}.Need(t)
			net := lab.NewNet(t, 2)
			seed, get := net.Hosts[seedHost], net.Hosts[getHost]
			ctx := lab.Within(t, 30*time.Second)

			tor := create(seed, c.seeder, lab.WriteFile(t, seed.Dir+"/content", "over IPv6.bin", 8<<20))
			job := lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content)}
			if err := c.seeder.Seed(seed, job).Complete(ctx); err != nil {
				t.Fatal(err)
			}
			job = lab.Job{Source: tor.Magnet, Dir: filepath.Join(get.Dir, "got"), Peers: []string{fmt.Sprintf("[%s]:%d", seed.Addr6, lab.Port)}}
			p := c.getter.Get(get, job)
			if err := p.Complete(ctx); err != nil {
				t.Fatal(err)
			}
			p.Stop()
			if err := lab.Same(filepath.Dir(tor.Content), job.Dir, torrentFile(tor)); err != nil {
				t.Error(err)
			}
		})
	}
}
