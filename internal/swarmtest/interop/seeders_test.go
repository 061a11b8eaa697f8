//go:build interop

package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// Four seeders that give 10 MiB a second each are used all at once and evenly.
func TestFourLimitedSeeders(t *testing.T) {
	const (
		size  = 320 << 20
		rate  = 10 << 20
		ideal = size / (4 * rate) * time.Second
	)
	shoal := lab.Shoal{}
	shoal.Need(t)
	first := lab.Loopback(t, 11)
	tor := shoal.Create(first, lab.WriteFile(t, filepath.Join(first.Dir, "content"), "data.bin", size))
	seeders, peers := seedFrom(t, tor, "--up", fmt.Sprint(rate))

	get := lab.Loopback(t, 20)
	dir := filepath.Join(get.Dir, "got")
	began := time.Now()
	p := shoal.Get(get, lab.Job{Source: tor.File, Dir: dir, Peers: peers, Extra: []string{"--bind", get.Addr}})
	if err := p.Complete(lab.Within(t, 3*ideal)); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	t.Logf("%v; %v at the rate of the four", took.Round(time.Millisecond), ideal)
	if took > ideal*13/10 {
		t.Errorf("took %v, more than 1.3 times the %v that the four could do", took, ideal)
	}
	if err := lab.Same(filepath.Dir(tor.Content), dir, torrentFile(tor)); err != nil {
		t.Error(err)
	}
	for _, s := range seeders {
		share := float64(uploaded(t, s)) / size
		t.Logf("%s gave %.1f %%", s.Name, 100*share)
		if share < 0.15 || share > 0.35 {
			t.Errorf("%s gave %.1f %%, not 15 to 35", s.Name, 100*share)
		}
	}
}

// seedFrom starts four seeders of a torrent at addresses of their own and returns them with those addresses.
func seedFrom(t *testing.T, tor lab.Torrent, flags ...string) (seeders []*lab.Peer, addrs []string) {
	t.Helper()
	for i := range 4 {
		h := lab.Loopback(t, 11+i)
		p := lab.Shoal{}.Seed(h, lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content), Extra: append([]string{"--bind", h.Addr}, flags...)})
		if err := p.Complete(lab.Within(t, 30*time.Second)); err != nil {
			t.Fatal(err)
		}
		seeders = append(seeders, p)
		addrs = append(addrs, fmt.Sprintf("%s:%d", h.Addr, lab.Port))
	}
	return seeders, addrs
}

// uploaded ends a seeder as a person does, expects a good end and returns what it says that it gave.
func uploaded(t *testing.T, p *lab.Peer) int64 {
	t.Helper()
	p.Signal(syscall.SIGINT)
	code, err := p.Exit(lab.Within(t, 3*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if code != 0 {
		t.Errorf("%s, interrupted while it seeded, ended with code %d", p.Name, code)
	}
	var most int64
	for _, e := range (lab.Shoal{}).Events(p.Process) {
		most = max(most, e.Uploaded)
	}
	return most
}

// A seeder whose data went bad under it gives wrong blocks; it is found out and banned, and the honest one gives all.
func TestSeederWithWrongData(t *testing.T) {
	const size = 64 << 20
	shoal := lab.Shoal{}
	shoal.Need(t)
	honest, liar := lab.Loopback(t, 31), lab.Loopback(t, 32)
	tor := shoal.Create(honest, lab.WriteFile(t, filepath.Join(honest.Dir, "content"), "data.bin", size))
	copied := lab.WriteFile(t, filepath.Join(liar.Dir, "content"), "data.bin", size)
	ctx := lab.Within(t, 60*time.Second)

	var peers []string
	for _, h := range []*lab.Host{honest, liar} {
		p := shoal.Seed(h, lab.Job{Source: tor.File, Dir: filepath.Join(h.Dir, "content"), Extra: []string{"--bind", h.Addr, "--up", "20M"}})
		if err := p.Complete(ctx); err != nil {
			t.Fatal(err)
		}
		peers = append(peers, fmt.Sprintf("%s:%d", h.Addr, lab.Port))
	}
	overwrite(t, copied, size)

	get := lab.Loopback(t, 33)
	dir := filepath.Join(get.Dir, "got")
	p := shoal.Get(get, lab.Job{Source: tor.File, Dir: dir, Peers: peers, Extra: []string{"--bind", get.Addr}})
	if err := p.Complete(ctx); err != nil {
		t.Fatal(err)
	}
	if err := lab.Same(filepath.Dir(tor.Content), dir, torrentFile(tor)); err != nil {
		t.Error(err)
	}
	warned := false
	for _, e := range shoal.Events(p.Process) {
		warned = warned || e.Event == "warning" && strings.Contains(e.Message, liar.Addr)
	}
	if !warned {
		t.Errorf("no word of the peer that gave wrong data:\n%s", p.Tail(20))
	}
}

// overwrite puts other bytes into a file, in place, as a disk that forgets would: nothing else about it changes.
func overwrite(t *testing.T, path string, size int) {
	t.Helper()
	was, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, was.ModTime(), was.ModTime()); err != nil {
		t.Fatal(err)
	}
}
