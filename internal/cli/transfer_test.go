package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// quietNetwork are the flags of a run that touches nothing but loopback.
var quietNetwork = []string{"--port", "0", "--bind", "127.0.0.1", "--no-dht", "--no-lsd", "--no-port-map"}

// watched is a stream whose text can be waited for.
type watched struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func newWatched() *watched { return &watched{more: make(chan struct{})} }

func (w *watched) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.more)
	w.more = make(chan struct{})
	return w.text.Write(b)
}

// await returns the first group of the first match.
func (w *watched) await(t testing.TB, pattern string) string {
	t.Helper()
	re, deadline := regexp.MustCompile(pattern), time.After(time.Minute)
	for {
		w.mu.Lock()
		m, more := re.FindStringSubmatch(w.text.String()), w.more
		w.mu.Unlock()
		if m != nil {
			return m[len(m)-1]
		}
		select {
		case <-more:
		case <-deadline:
			t.Fatalf("no %q in:\n%s", pattern, w.text.String())
		}
	}
}

// A whole seed and a whole get, side by side in one process, leave nothing running behind.
func TestSeedAndGetInProcess(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	dir := t.TempDir()
	content := bytes.Repeat([]byte("0123456789abcdef"), 20_000)
	if err := os.WriteFile(filepath.Join(dir, "file"), content, 0o666); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	out, errs := newWatched(), newWatched()
	var seeder sync.WaitGroup
	var code int
	seeder.Go(func() {
		args := append([]string{"seed", "file"}, quietNetwork...)
		code = Main(ctx, Env{Args: args, Dir: dir, Out: out, Err: errs})
	})
	magnet := out.await(t, `^(magnet:\S+)\n`)
	port := errs.await(t, `on port (\d+)`)

	args := append([]string{"get", "-o", "to/", "--peer", "127.0.0.1:" + port, magnet}, quietNetwork...)
	got, stdout, stderr := run(t, dir, "", args...)
	if got != exitOK || stdout != "to/file\n" {
		t.Errorf("get: %d %q %q", got, stdout, stderr)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "to/file")); err != nil || !bytes.Equal(b, content) {
		t.Errorf("content: %d bytes, %v", len(b), err)
	}
	cancel(ErrInterrupted)
	seeder.Wait()
	if code != exitOK {
		t.Errorf("seed: exit code %d", code)
	}
}

// A run that is stopped while it waits for peers ends at once, and says how to go on.
func TestInterruptedGet(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ctx, cancel := context.WithCancelCause(t.Context())
	out, errs := newWatched(), newWatched()
	ended := make(chan int)
	go func() {
		args := append([]string{"get", "--json", strings.Repeat("0f", 20)}, quietNetwork...)
		ended <- Main(ctx, Env{Args: args, Dir: t.TempDir(), Out: out, Err: errs})
	}()
	out.await(t, `"event":"added"`)
	cancel(ErrInterrupted)
	if code := <-ended; code != exitInterrupted {
		t.Errorf("exit code %d", code)
	}
	errs.await(t, `resume with: shoal get --json 0f0f`)
	out.await(t, `"event":"summary","code":7`)
}

// A reader of stdout that goes away does not stop a download.
func TestGetWithoutReader(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("content"), 0o666); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := run(t, dir, "", "create", "file"); code != exitOK {
		t.Fatal(errs)
	}
	args := append([]string{"get", "--json", "file.torrent"}, quietNetwork...)
	r, w := io.Pipe()
	r.Close()
	if code := Main(t.Context(), Env{Args: args, Dir: dir, Out: w}); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

func ExampleMain() {
	code := Main(context.Background(), Env{Args: []string{"show", "magnet:?xt=urn:btih:000102030405060708090a0b0c0d0e0f10111213&dn=x"}, Out: os.Stdout})
	fmt.Println(code)
	// Output:
	// name:      x
	// infohash:  000102030405060708090a0b0c0d0e0f10111213
	// magnet:    magnet:?xt=urn:btih:000102030405060708090a0b0c0d0e0f10111213&dn=x
	// 0
}
