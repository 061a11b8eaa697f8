//go:build interop

package interop

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

const (
	stormRaging = 92   // connections that send storms: each kind several times
	stormIdle   = 500  // connections that say little or nothing
	stormPace   = 40e6 // bytes a second that all attackers send
	stormExtra  = 50 << 20
	honestRate  = 6 << 20 // bytes a second of the honest download, in calm weather
)

// unleash begins the attack on a listening process; it ends with ctx.
func unleash(ctx context.Context, work *sync.WaitGroup, addr string, infohash []byte) {
	a := &attack{addr: addr, infohash: [20]byte(infohash), pace: rate.NewLimiter(stormPace, 16<<10)}
	for i := range stormRaging {
		work.Go(func() { a.rage(ctx, i) })
	}
	for i := range stormIdle {
		work.Go(func() { a.idle(ctx, i) })
	}
}

// weather is how a victim fared.
type weather struct {
	memory int64         // at most
	took   time.Duration // of the honest download
}

// state is what a victim does while it is attacked: run starts it on the host, with an honest peer where it has one, and waits for its honest
// work to be done. It calls attackable once the victim listens.
type stormState struct {
	name string
	run  func(t *testing.T, w *stormRig, last time.Duration, attackable func(*lab.Process)) weather
}

// stormRig is what the states share.
type stormRig struct {
	seed, get *lab.Host
	tor       lab.Torrent
}

// content makes what takes so long at the honest rate.
func newStormRig(t *testing.T, at int, last time.Duration) *stormRig {
	t.Helper()
	w := &stormRig{seed: lab.Loopback(t, at), get: lab.Loopback(t, at+1)}
	size := int64(last.Seconds() * honestRate)
	w.tor = lab.Shoal{}.Create(w.seed, lab.WriteFile(t, filepath.Join(w.seed.Dir, "content"), "data.bin", size))
	return w
}

func (w *stormRig) seeder(t *testing.T, extra ...string) *lab.Peer {
	t.Helper()
	p := lab.Shoal{}.Seed(w.seed, lab.Job{Source: w.tor.File, Dir: filepath.Dir(w.tor.Content), Extra: append([]string{"--bind", w.seed.Addr, "--no-utp"}, extra...)})
	if err := p.Complete(lab.Within(t, 60*time.Second)); err != nil {
		t.Fatal(err)
	}
	return p
}

func (w *stormRig) getter(source string, extra ...string) *lab.Peer {
	return lab.Shoal{}.Get(w.get, lab.Job{
		Source: source, Dir: filepath.Join(w.get.Dir, "got"), Peers: []string{fmt.Sprintf("%s:%d", w.seed.Addr, lab.Port)},
		Extra: append([]string{"--bind", w.get.Addr, "--no-utp"}, extra...),
	})
}

// watch follows the memory of a process until it has ended, or ctx has.
func watch(ctx context.Context, p *lab.Process) (most int64) {
	for ctx.Err() == nil && p.Running() {
		most = max(most, peakMemory(p.PID()))
		pause(ctx, 20*time.Millisecond)
	}
	return most
}

var stormStates = []stormState{
	{"without metadata", func(t *testing.T, w *stormRig, last time.Duration, attackable func(*lab.Process)) weather {
		p := w.getter(w.tor.Magnet)
		if _, err := (lab.Shoal{}).Event(lab.Within(t, 20*time.Second), p.Process, "added"); err != nil {
			t.Fatal(err)
		}
		attackable(p.Process)
		ctx, cancel := context.WithTimeout(t.Context(), last) // nobody has it for all this time
		most := watch(ctx, p.Process)
		cancel()
		w.seeder(t, "--up", fmt.Sprint(honestRate))
		began := time.Now()
		ctx, cancel = context.WithTimeout(t.Context(), 3*last+20*time.Second)
		defer cancel()
		for ctx.Err() == nil && bytesDone(p) == 0 && p.Running() {
			most = max(most, peakMemory(p.PID()))
			pause(ctx, 20*time.Millisecond)
		}
		if bytesDone(p) == 0 {
			t.Errorf("no data %v after an honest peer came:\n%s", time.Since(began), p.Tail(3))
		}
		p.Stop()
		return weather{memory: most}
	}},
	{"downloading", func(t *testing.T, w *stormRig, last time.Duration, attackable func(*lab.Process)) weather {
		w.seeder(t, "--up", fmt.Sprint(honestRate))
		p := w.getter(w.tor.Magnet)
		if _, err := (lab.Shoal{}).Event(lab.Within(t, 20*time.Second), p.Process, "metadata"); err != nil {
			t.Fatal(err)
		}
		attackable(p.Process)
		return w.finishes(t, p, p.Process, last)
	}},
	{"seeding", func(t *testing.T, w *stormRig, last time.Duration, attackable func(*lab.Process)) weather {
		s := w.seeder(t)
		attackable(s.Process)
		p := w.getter(w.tor.Magnet, "--down", fmt.Sprint(honestRate))
		return w.finishes(t, p, s.Process, last)
	}},
}

// finishes waits for a download and follows the memory of the victim.
func (w *stormRig) finishes(t *testing.T, p *lab.Peer, victim *lab.Process, last time.Duration) weather {
	t.Helper()
	began := time.Now()
	ctx, cancel := context.WithCancel(t.Context())
	most := make(chan int64, 1)
	go func() { most <- watch(ctx, victim) }()
	if err := p.Complete(lab.Within(t, 6*last+30*time.Second)); err != nil {
		t.Error(err)
	}
	took := time.Since(began)
	cancel()
	if err := lab.Same(filepath.Dir(w.tor.Content), filepath.Join(w.get.Dir, "got"), torrentFile(w.tor)); err != nil {
		t.Error(err)
	}
	return weather{<-most, took}
}

// Whatever a peer sends, in whatever state: the process lives, needs little more memory than in calm weather, and an honest
// transfer keeps at least half of its speed. SHOAL_STORM says how long each state is attacked; without it the attack is a short
// one, on a machine that does other things too, and only what is far off the figures is a failure.
func TestStormsOnAProcess(t *testing.T) {
	lab.Shoal{}.Need(t)
	last, strict := 5*time.Second, false
	extra := int64(3 * stormExtra)
	if d, err := time.ParseDuration(os.Getenv("SHOAL_STORM")); err == nil {
		last, strict, extra = d, true, stormExtra
	}
	for i, s := range stormStates {
		t.Run(s.name, func(t *testing.T) {
			calm := s.run(t, newStormRig(t, 181+4*i, last), last, func(*lab.Process) {})
			rig := newStormRig(t, 183+4*i, last)
			victim := rig.get
			if s.name == "seeding" {
				victim = rig.seed
			}
			hash, err := hex.DecodeString(rig.tor.InfoHash)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			var work sync.WaitGroup
			defer work.Wait()
			defer cancel()
			var p *lab.Process
			stormy := s.run(t, rig, last, func(v *lab.Process) {
				p = v
				unleash(ctx, &work, fmt.Sprintf("%s:%d", victim.Addr, lab.Port), hash)
			})
			if strings.Contains(p.Stderr(), "goroutine ") {
				t.Errorf("it crashed:\n%s", p.Stderr())
			}
			t.Logf("calm %+v, stormy %+v", calm, stormy)
			more := stormy.memory - calm.memory
			if more > extra {
				t.Errorf("%d MiB more than the %d MiB of calm weather", more>>20, calm.memory>>20)
			}
			speed := "an honest peer is found"
			if stormy.took > 0 {
				share := calm.took.Seconds() / stormy.took.Seconds()
				if strict && share < 0.5 {
					t.Errorf("the honest transfer has %.2f of its speed", share)
				}
				speed = fmt.Sprintf("the honest transfer keeps %.2f of its speed", share)
			}
			figure(t, 14, "%s, %v of storms: %+d MiB over the %d MiB of calm weather, %s", s.name, last, more>>20, calm.memory>>20, speed)
		})
	}
}
