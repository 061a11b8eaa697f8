//go:build interop

package interop

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// far is a path on which TCP and uTP have to work for their rate.
var far = lab.Path{Delay: 25 * time.Millisecond, Loss: 0.01}

// Over a path with loss uTP to and from libtorrent brings 64 MiB, about as fast as libtorrent among itself on the same
// path.
func TestUTPOverLossyPath(t *testing.T) {
	t.Parallel()
	ways := []struct {
		seeder, getter lab.Client
		size           int64
	}{
		{lab.Libtorrent{}, lab.Libtorrent{}, 32 << 20}, {lab.Libtorrent{}, lab.Shoal{}, 64 << 20}, {lab.Shoal{}, lab.Libtorrent{}, 64 << 20},
	}
	rates, faults := make([]float64, len(ways)), make([]error, len(ways))
	var work sync.WaitGroup
	for i, way := range ways { // all at once, so that what else this machine does is the same for all
		fetch := prepare(t, far, way.seeder, way.getter, way.size)
		work.Go(func() {
			took, err := fetch()
			rates[i], faults[i] = float64(way.size)/took.Seconds(), err
		})
	}
	work.Wait()
	for i, way := range ways {
		t.Logf("%s to %s: %.0f kB/s, %.2f of libtorrent's own", way.seeder.Name(), way.getter.Name(), rates[i]/1e3, rates[i]/rates[0])
		if faults[i] != nil {
			t.Errorf("%s to %s: %v", way.seeder.Name(), way.getter.Name(), faults[i])
		} else if rates[i] < 0.6*rates[0] { // on a busy machine one transfer may have a fifth less than another like it
			t.Errorf("%s to %s is slower than libtorrent among itself", way.seeder.Name(), way.getter.Name())
		}
	}
}

// utpOnly are the extra arguments for uTP: libtorrent uses nothing else then.
var utpOnly = map[lab.Client][]string{
	lab.Libtorrent{}:   {"--utp"},
	lab.Transmission{}: {"utp-enabled=true"},
}

// prepare has a client seed at the end of a path on which libtorrent takes uTP alone. The function that it returns has the other one
// fetch, compares what came over, and returns how long it took from the first byte.
func prepare(t *testing.T, path lab.Path, seeder, getter lab.Client, size int64) (fetch func() (time.Duration, error)) {
	t.Helper()
	seeder.Need(t)
	getter.Need(t)
	hosts := lab.NewFar(t, 2, path)
	seed, get := hosts[seedHost], hosts[getHost]
	tor := create(seed, seeder, lab.WriteFile(t, filepath.Join(seed.Dir, "content"), "far.bin", size))
	ctx := lab.Within(t, 8*time.Minute) // some two minutes where nothing else runs
	job := lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content), Extra: utpOnly[seeder]}
	if err := seeder.Seed(seed, job).Complete(ctx); err != nil {
		t.Fatal(err)
	}
	job.Dir, job.Extra, job.Peers = filepath.Join(get.Dir, "got"), utpOnly[getter], []string{fmt.Sprintf("%s:%d", seed.Addr, lab.Port)}
	p := getter.Get(get, job)
	return func() (time.Duration, error) {
		if err := firstByte(ctx, p, getter); err != nil {
			return 0, err
		}
		began := time.Now()
		if err := p.Complete(ctx); err != nil {
			return 0, err
		}
		took := time.Since(began)
		p.Stop()
		return took, lab.Same(filepath.Dir(tor.Content), job.Dir, torrentFile(tor))
	}
}

// firstByte waits until a getter has got something.
func firstByte(ctx context.Context, p *lab.Peer, getter lab.Client) error {
	var err error
	switch getter.(type) {
	case lab.Libtorrent:
		_, err = lab.Libtorrent{}.Status(ctx, p.Process, func(s lab.LibtorrentStatus) bool { return s.Downloaded > 0 })
	case lab.Shoal:
		_, err = p.Line(ctx, func(line string) bool {
			var e lab.Event
			return json.Unmarshal([]byte(line), &e) == nil && e.Done > 0
		})
	}
	return err
}

// Where no TCP comes through, uTP finds its way at once: with libtorrent, which keeps both ways open here, and with
// Transmission.
func TestUTPWhereTCPIsDropped(t *testing.T) {
	t.Parallel()
	for _, way := range []struct{ seeder, getter lab.Client }{
		{lab.Shoal{}, lab.Shoal{}},
		{lab.Libtorrent{}, lab.Shoal{}}, {lab.Shoal{}, lab.Libtorrent{}},
		{lab.Transmission{}, lab.Shoal{}}, {lab.Shoal{}, lab.Transmission{}},
	} {
		t.Run(way.seeder.Name()+" to "+way.getter.Name(), func(t *testing.T) {
			t.Parallel()
			withoutTCP(t, way.seeder, way.getter)
		})
	}
}

func withoutTCP(t *testing.T, seeder, getter lab.Client) {
	seeder.Need(t)
	getter.Need(t)
	lab.NeedTracker(t)
	hosts := lab.NewFar(t, 3, lab.Path{Delay: 5 * time.Millisecond, NoTCP: true})
	seed, get, third := hosts[seedHost], hosts[getHost], hosts[2]
	ctx := lab.Within(t, 90*time.Second)
	content := lab.WriteFile(t, filepath.Join(seed.Dir, "content"), "by uTP.bin", 16<<20)
	tor := create(seed, lab.Shoal{}, content, third.TrackerURL("udp"))
	third.Tracker(ctx, tor)
	both := map[lab.Client][]string{lab.Libtorrent{}: {"--both"}, lab.Transmission{}: utpOnly[lab.Transmission{}]}
	job := lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content), UDP: true, Extra: both[seeder]}
	if err := seeder.Seed(seed, job).Complete(ctx); err != nil {
		t.Fatal(err)
	}
	job.Dir, job.Extra = filepath.Join(get.Dir, "got"), both[getter]
	if getter != lab.Client(lab.Transmission{}) { // that takes no peer's address
		job.Peers = []string{fmt.Sprintf("%s:%d", seed.Addr, lab.Port)}
	}
	p := getter.Get(get, job)
	began := time.Now()
	if err := firstByte(ctx, p, getter); err != nil {
		t.Fatal(err)
	}
	t.Logf("the first byte after %v", time.Since(began).Round(100*time.Millisecond))
	if err := p.Complete(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("the last one after %v", time.Since(began).Round(100*time.Millisecond))
	p.Stop()
	if err := lab.Same(filepath.Dir(tor.Content), job.Dir, torrentFile(tor)); err != nil {
		t.Error(err)
	}
}
