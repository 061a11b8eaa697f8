//go:build interop

package interop

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// Two behind routers that let nobody in exchange data all the same, because a third whom both know brings them together
// (BEP 55). The third is too slow to have much itself, and gives too little of it.
func TestHolePunching(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ seeder, relay, getter lab.Client }{
		{lab.Shoal{}, lab.Shoal{}, lab.Shoal{}},
		{lab.Shoal{}, lab.Libtorrent{}, lab.Shoal{}},
		{lab.Libtorrent{}, lab.Shoal{}, lab.Shoal{}},
		{lab.Shoal{}, lab.Shoal{}, lab.Libtorrent{}},
		{lab.Libtorrent{}, lab.Libtorrent{}, lab.Libtorrent{}}, // the rig
	} {
		t.Run(fmt.Sprintf("%s to %s by way of %s", c.seeder.Name(), c.getter.Name(), c.relay.Name()), func(t *testing.T) {
			t.Parallel()
			punch(t, c.seeder, c.relay, c.getter)
		})
	}
}

func punch(t *testing.T, seeder, relay, getter lab.Client) {
	lab.NeedNAT(t)
	for _, c := range []lab.Client{seeder, relay, getter} {
		c.Need(t)
	}
	net := lab.NewNet(t, 3)
	public := net.Hosts[0]
	seed, get := net.Hosts[1].Behind(1), net.Hosts[2].Behind(2)
	ctx := lab.Within(t, 90*time.Second)
	tor := create(seed, lab.Shoal{}, lab.WriteFile(t, filepath.Join(seed.Dir, "content"), "behind.bin", 16<<20))
	peers := []string{fmt.Sprintf("%s:%d", public.Addr, lab.Port)}
	extra := map[lab.Client][]string{lab.Libtorrent{}: {"--both"}}

	slow := map[lab.Client][]string{lab.Shoal{}: {"--up", "20k", "--down", "50k"}, lab.Libtorrent{}: {"--both", "--up", "20000", "--down", "50000"}}
	relay.Get(public, lab.Job{Source: tor.File, Dir: filepath.Join(public.Dir, "got"), Extra: slow[relay]})
	job := lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content), Peers: peers, Extra: extra[seeder]}
	if seeder == lab.Client(lab.Shoal{}) {
		job.Extra = []string{"--seed"} // it has everything
		seeder.Get(seed, job)
	} else if err := seeder.Seed(seed, job).Complete(ctx); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	p := getter.Get(get, lab.Job{Source: tor.File, Dir: filepath.Join(get.Dir, "got"), Peers: peers, Extra: extra[getter]})
	if err := p.Complete(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("%v", time.Since(began).Round(100*time.Millisecond))
	p.Stop()
	if err := lab.Same(filepath.Dir(tor.Content), filepath.Join(get.Dir, "got"), torrentFile(tor)); err != nil {
		t.Error(err)
	}
}
