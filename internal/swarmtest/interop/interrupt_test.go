//go:build interop

package interop

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

const interrupted = 7 // the exit code for work that is left

// Ctrl-C ends a download within three seconds even where a tracker never answers, says how to go on, and
// the next run does go on.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	shoal := lab.Shoal{}
	shoal.Need(t)
	seed, get := lab.Loopback(t, 51), lab.Loopback(t, 52)
	get.OneHome()
	tor := shoal.Create(seed, lab.WriteFile(t, filepath.Join(seed.Dir, "content"), "data.bin", 64<<20), silentTracker(t, seed.Addr))
	seeder := shoal.Seed(seed, lab.Job{Source: tor.File, Dir: filepath.Dir(tor.Content), Extra: []string{"--bind", seed.Addr}})
	if err := seeder.Complete(lab.Within(t, 30*time.Second)); err != nil {
		t.Fatal(err)
	}
	job := lab.Job{Source: tor.File, Dir: filepath.Join(get.Dir, "got"), Peers: []string{fmt.Sprintf("%s:%d", seed.Addr, lab.Port)}}
	limit := []string{"--bind", get.Addr, "--down", "8M"}

	for _, sig := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		job.Extra = limit
		p := shoal.Get(get, job)
		ctx := lab.Within(t, 20*time.Second)
		if err := lab.Poll(ctx, "some data", func() (bool, error) { return bytesDone(p) > 8<<20, nil }); err != nil {
			t.Fatal(err)
		}
		p.Signal(sig)
		code, err := p.Exit(lab.Within(t, 3*time.Second))
		if err != nil {
			t.Fatalf("after %v: %v", sig, err)
		}
		if code != interrupted {
			t.Errorf("after %v it ended with code %d, not %d", sig, code, interrupted)
		}
		if !strings.Contains(p.Stderr(), "shoal get") {
			t.Errorf("after %v it did not say how to go on:\n%s", sig, p.Stderr())
		}
		if strings.Contains(p.Stderr(), "goroutine ") {
			t.Errorf("after %v it printed a stack:\n%s", sig, p.Stderr())
		}
	}
	job.Extra = limit[:2]
	if err := shoal.Get(get, job).Complete(lab.Within(t, 20*time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := lab.Same(filepath.Dir(tor.Content), job.Dir, torrentFile(tor)); err != nil {
		t.Error(err)
	}
}

// Ctrl-C while there is nothing but a magnet.
func TestInterruptBeforeMetadata(t *testing.T) {
	t.Parallel()
	shoal := lab.Shoal{}
	shoal.Need(t)
	h := lab.Loopback(t, 53)
	magnet := "magnet:?xt=urn:btih:" + strings.Repeat("5", 40) + "&tr=" + silentTracker(t, h.Addr)
	p := shoal.Get(h, lab.Job{Source: magnet, Dir: filepath.Join(h.Dir, "got"), Extra: []string{"--bind", h.Addr}})
	if _, err := shoal.Event(lab.Within(t, 10*time.Second), p.Process, "added"); err != nil {
		t.Fatal(err)
	}
	p.Signal(syscall.SIGINT)
	code, err := p.Exit(lab.Within(t, 3*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if code != interrupted {
		t.Errorf("ended with code %d, not %d", code, interrupted)
	}
}

func bytesDone(p *lab.Peer) int64 {
	var done int64
	for _, e := range (lab.Shoal{}).Events(p.Process) {
		done = max(done, e.Done)
	}
	return done
}

// silentTracker listens, takes what comes and never says a word. It returns its announce URL.
func silentTracker(t *testing.T, addr string) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", addr+":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
		}
	}()
	return fmt.Sprintf("http://%s/announce", l.Addr())
}
