//go:build interop

package interop

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// A download that is killed ten times at random moments ends with the right content, and what a run had
// verified, but for the last seconds' worth, the next one does not fetch again.
func TestTenKills(t *testing.T) {
	const (
		kills    = 10
		size     = 256 << 20
		rate     = 10 << 20
		mayLose  = 2 * rate // of one run
		shortest = 1200 * time.Millisecond
		longest  = 3000 * time.Millisecond
	)
	shoal := lab.Shoal{}
	shoal.Need(t)
	seed, get := lab.Loopback(t, 41), lab.Loopback(t, 42)
	tor := shoal.Create(seed, lab.WriteFile(t, filepath.Join(seed.Dir, "content"), "data.bin", size))
	seeder := shoal.Seed(seed, lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content), Extra: []string{"--bind", seed.Addr}})
	if err := seeder.Complete(lab.Within(t, 30*time.Second)); err != nil {
		t.Fatal(err)
	}
	run := newResumed(t, get, lab.Job{
		Source: tor.File, Dir: filepath.Join(get.Dir, "got"), Peers: []string{fmt.Sprintf("%s:%d", seed.Addr, lab.Port)},
		Extra: []string{"--bind", get.Addr, "--down", fmt.Sprint(rate)},
	})

	dice := rand.New(rand.NewPCG(7, 11))
	var had int64 // verified when the run before was last heard of
	for i := range kills {
		p := run.start()
		after := shortest + time.Duration(dice.Int64N(int64(longest-shortest)))
		if _, err := p.Exit(lab.Within(t, after)); err == nil {
			t.Fatalf("run %d ended by itself before it was killed:\n%s", i, p.Tail(20))
		}
		p.Kill()
		first, last := run.verified(p)
		t.Logf("run %d, killed after %v: from %d to %d MiB", i, after.Round(time.Millisecond), first>>20, last>>20)
		if last > 0 && first < had-mayLose {
			t.Errorf("run %d began with %d MiB verified, the one before had %d", i, first>>20, had>>20)
		}
		had = max(had, last)
		if _, err := os.Stat(filepath.Join(run.job.Dir, "data.bin")); err == nil {
			t.Fatal("the file has its name before it is complete")
		}
	}
	p := run.start()
	if err := p.Complete(lab.Within(t, 60*time.Second)); err != nil {
		t.Fatal(err)
	}
	if first, _ := run.verified(p); first < had-mayLose {
		t.Errorf("the last run began with %d MiB verified, the one before had %d", first>>20, had>>20)
	}
	if err := lab.Same(filepath.Dir(tor.Content), run.job.Dir, torrentFile(tor)); err != nil {
		t.Error(err)
	}
	t.Logf("the seeder gave %d MiB for %d", uploaded(t, seeder)>>20, size>>20)
}

// resumed runs one download again and again in the same home, where its state is.
type resumed struct {
	t    *testing.T
	host *lab.Host
	job  lab.Job
}

func newResumed(t *testing.T, h *lab.Host, job lab.Job) *resumed {
	h.OneHome()
	return &resumed{t: t, host: h, job: job}
}

func (r *resumed) start() *lab.Peer { return lab.Shoal{}.Get(r.host, r.job) }

// verified returns what the first and the last progress of a run said is verified.
func (r *resumed) verified(p *lab.Peer) (first, last int64) {
	first = -1
	for _, e := range (lab.Shoal{}).Events(p.Process) {
		if e.Event == "progress" {
			if first < 0 {
				first = e.Verified
			}
			last = max(last, e.Verified)
		}
	}
	return max(first, 0), last
}
