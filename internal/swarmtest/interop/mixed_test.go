//go:build interop

package interop

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// Clients of four kinds begin at once behind one slow seed of ours, and behind one of libtorrent, and all of them finish.
func TestMixedSwarm(t *testing.T) {
	t.Parallel()
	for _, seeder := range []lab.Client{lab.Shoal{}, lab.Libtorrent{}} {
		t.Run("behind "+seeder.Name(), func(t *testing.T) {
			t.Parallel()
			mixedSwarm(t, seeder)
		})
	}
}

func mixedSwarm(t *testing.T, seeder lab.Client) {
	clients := []lab.Client{
		lab.Shoal{}, lab.Shoal{}, lab.Shoal{}, lab.Libtorrent{}, lab.Libtorrent{}, lab.Transmission{}, lab.Transmission{}, lab.Aria2{},
	}
	for _, c := range clients {
		c.Need(t)
	}
	lab.NeedTracker(t)
	net := lab.NewNet(t, 1+len(clients))
	seed := net.Hosts[0]
	ctx := lab.Within(t, 2*time.Minute)
	tor := create(seed, seeder, lab.WriteFile(t, filepath.Join(seed.Dir, "content"), "for all.bin", 32<<20), net.Bridge.TrackerURL("http"))
	tracker := net.Bridge.Tracker(ctx, tor)
	slowly := map[lab.Client][]string{lab.Shoal{}: {"--up", "4M"}, lab.Libtorrent{}: {"--up", "4000000"}}
	if err := seeder.Seed(seed, lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content), Extra: slowly[seeder]}).Complete(ctx); err != nil {
		t.Fatal(err)
	}
	if err := tracker.Seeds(ctx, tor, 1); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	more := map[lab.Client][]string{lab.Shoal{}: {"--seed-time", "60s"}, lab.Transmission{}: {"pex-enabled=true", "utp-enabled=true"}}
	var peers []*lab.Peer
	for i, c := range clients {
		peers = append(peers, c.Get(net.Hosts[1+i], lab.Job{Source: tor.File, Dir: filepath.Join(net.Hosts[1+i].Dir, "got"), Extra: more[c]}))
	}
	for i, p := range peers {
		var err error
		if clients[i] == lab.Client(lab.Shoal{}) { // it stays for the others
			_, err = lab.Shoal{}.Event(ctx, p.Process, "complete")
		} else {
			err = p.Complete(ctx)
		}
		if err != nil {
			t.Fatalf("%s: %v", clients[i].Name(), err)
		}
		t.Logf("%s has all after at most %v", clients[i].Name(), time.Since(began).Round(100*time.Millisecond))
	}
	for i, p := range peers {
		p.Stop()
		if err := lab.Same(filepath.Dir(tor.Content), filepath.Join(net.Hosts[1+i].Dir, "got"), torrentFile(tor)); err != nil {
			t.Error(fmt.Errorf("%s: %w", clients[i].Name(), err))
		}
	}
}
