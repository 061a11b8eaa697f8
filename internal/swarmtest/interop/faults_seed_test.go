//go:build interop

package interop

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// Data that is cut, altered or taken away while it is served: the seeder goes on running and says what it found, and whoever fetches
// from it takes nothing wrong.
func TestSeedPulledAway(t *testing.T) {
	t.Parallel()
	const size = 16 << 20
	f := newFault(t, 161, func(t testing.TB, dir string) string { return lab.WriteFile(t, dir, "data.bin", size) })
	path := f.tor.Content
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changes := []struct {
		name string
		do   func() error
	}{
		{"truncated", func() error { return os.Truncate(path, 3<<20+777) }},
		{"emptied", func() error { return os.Truncate(path, 0) }},
		{"altered", func() error { return zero(path, size) }},
		{"removed", func() error { return os.Remove(path) }},
		{"replaced", func() error { return errors.Join(os.Remove(path), os.WriteFile(path, make([]byte, size), 0o666)) }},
		{"now a folder", func() error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o755)) }},
		{"cut and grown again", func() error { return errors.Join(os.Truncate(path, 0), os.Truncate(path, size)) }},
	}
	for i, x := range changes {
		for j, flags := range [][]string{{"--no-utp", "--encryption", "off"}, {"--no-utp", "--encryption", "required"}} {
			if !long() && (i+j)%2 > 0 {
				continue
			}
			f.seeder.Kill()
			os.RemoveAll(path)
			if err := os.WriteFile(path, good, 0o666); err != nil {
				t.Fatal(err)
			}
			f.seedAgain(append([]string{"--up", "6M"}, flags...)...)
			dir := f.dir(fmt.Sprint(i, j))
			p := f.run(f.command(dir, flags...)...)
			f.verified(p, 3<<20)
			if err := x.do(); err != nil {
				t.Fatal(x.name, err)
			}
			warned := f.warning(f.seeder, "data.bin")
			t.Logf("%s, %s: %s", x.name, flags[2], warned)
			if !f.seeder.Running() {
				t.Fatalf("%s: the seeder ended", x.name)
			}
			p.Kill()
			if err := f.namedRight(dir); err != nil {
				t.Error(err)
			}
			f.seeder.Kill()
			os.RemoveAll(path)
			if err := os.WriteFile(path, good, 0o666); err != nil {
				t.Fatal(err)
			}
			f.seedAgain(flags...)
			f.completes(dir, flags...)
		}
	}
}

// zero changes the first bytes of a file in place.
func zero(path string, n int64) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, n))
	return errors.Join(err, f.Close())
}

// seedAgain starts another seeder in the place of the first.
func (f *fault) seedAgain(flags ...string) {
	f.t.Helper()
	f.seeder = lab.Shoal{}.Seed(f.seed, lab.Job{Source: f.tor.File, Dir: filepath.Dir(f.tor.Content),
		Extra: append([]string{"--bind", f.seed.Addr}, flags...)})
	if err := f.seeder.Complete(lab.Within(f.t, 30*time.Second)); err != nil {
		f.t.Fatal(err)
	}
}

// warning waits for a warning with a word in it.
func (f *fault) warning(p *lab.Peer, word string) (said string) {
	f.t.Helper()
	err := lab.Poll(lab.Within(f.t, 10*time.Second), "a warning", func() (bool, error) {
		for _, e := range (lab.Shoal{}).Events(p.Process) {
			if e.Event == "warning" && strings.Contains(e.Message, word) {
				said = e.Message
				return true, nil
			}
		}
		return false, nil
	})
	if err != nil {
		f.t.Error(err)
	}
	return said
}

// A file that is cut and grown again and again while several fetch it at full speed never ends the seeder.
func TestSeedTrembles(t *testing.T) {
	t.Parallel()
	const size = 64 << 20
	f := newFault(t, 163, func(t testing.TB, dir string) string { return lab.WriteFile(t, dir, "data.bin", size) })
	dice := rand.New(rand.NewPCG(2, 3))
	var getters []*lab.Process
	for i := range 3 {
		h := lab.Loopback(t, 165+i)
		getters = append(getters, lab.Shoal{}.Get(h, lab.Job{Source: f.tor.File, Dir: filepath.Join(h.Dir, "got"),
			Peers: []string{fmt.Sprintf("%s:%d", f.seed.Addr, lab.Port)}, Extra: []string{"--bind", h.Addr, "--no-pex"}}).Process)
	}
	rounds := times(2000, 300)
	for range rounds {
		if err := os.Truncate(f.tor.Content, int64(dice.IntN(size))); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(f.tor.Content, size); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(dice.IntN(5)) * time.Millisecond)
	}
	if !f.seeder.Running() {
		t.Fatal("the seeder ended")
	}
	for _, p := range getters {
		p.Kill()
	}
	t.Logf("%d times cut and grown: the seeder runs", rounds)
}
