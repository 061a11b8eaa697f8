package cli

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// bulk is a folder of torrents of one small file each, one torrent of all of them together, and a seeder
// of all that in the background.
type bulk struct {
	dir  string
	port string
	stop func()
}

// newBulk makes n files of so many bytes. Stop ends the seeder.
func newBulk(tb testing.TB, n, size int) *bulk {
	tb.Helper()
	b := &bulk{dir: tb.TempDir()}
	content := make([]byte, size)
	random := rand.NewChaCha8([32]byte{1})
	for _, folder := range []string{"all", "torrents"} {
		if err := os.Mkdir(filepath.Join(b.dir, folder), 0o777); err != nil {
			tb.Fatal(err)
		}
	}
	for i := range n {
		random.Read(content)
		if err := os.WriteFile(filepath.Join(b.dir, "all", fmt.Sprintf("%04d", i)), content, 0o666); err != nil {
			tb.Fatal(err)
		}
	}
	b.run(tb, "create", "-q", "--per-item", "-o", "torrents", "all")
	b.run(tb, "create", "-q", "all")
	ctx, cancel := context.WithCancelCause(context.Background())
	out, errs := newWatched(), newWatched()
	var seeder sync.WaitGroup
	seeder.Go(func() {
		args := []string{"seed", "--progress", "none", "all.torrent"}
		Main(ctx, Env{Args: append(args, quietNetwork...), Dir: b.dir, Out: out, Err: errs, LookupEnv: b.env})
	})
	b.port = errs.await(tb, `on port (\d+)`)
	many, more := newWatched(), newWatched()
	seeder.Go(func() {
		args := []string{"seed", "--progress", "none", "--data", "all", "torrents"}
		files, _ := filepath.Glob(filepath.Join(b.dir, "torrents", "*"))
		args = append(append(args[:len(args)-1], files...), quietNetwork...)
		Main(ctx, Env{Args: args, Dir: b.dir, Out: many, Err: more, LookupEnv: b.env})
	})
	more.await(tb, fmt.Sprintf(`%04d: seeding`, n-1))
	b.port += " " + more.await(tb, `on port (\d+)`)
	b.stop = func() {
		cancel(ErrInterrupted)
		seeder.Wait()
	}
	return b
}

// env keeps the state in the folder.
func (b *bulk) env(name string) (string, bool) {
	if strings.HasPrefix(name, "XDG_") {
		return filepath.Join(b.dir, ".xdg", name), true
	}
	return "", false
}

// run runs the program, which has to succeed.
func (b *bulk) run(tb testing.TB, args ...string) (stdout, stderr string) {
	tb.Helper()
	var out, errs bytes.Buffer
	if code := Main(context.Background(), Env{Args: args, Dir: b.dir, Out: &out, Err: &errs, LookupEnv: b.env}); code != exitOK {
		tb.Fatalf("%v: exit code %d\n%s%s", args, code, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

// get downloads, with the seeders as peers.
func (b *bulk) get(tb testing.TB, args ...string) (stdout, stderr string) {
	tb.Helper()
	args = append([]string{"get"}, args...)
	for port := range strings.FieldsSeq(b.port) {
		args = append(args, "--peer", "127.0.0.1:"+port)
	}
	return b.run(tb, append(args, quietNetwork...)...)
}

// Many torrents, a few at a time: all of them come, each has its result, and nothing is left running.
func TestManyTorrents(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	const n = 50
	b := newBulk(t, n, 20_000)
	defer b.stop()
	var list strings.Builder
	for i := range n {
		fmt.Fprintf(&list, "missing.torrent\ttorrents/%04d.torrent\n out=%02d/file\n", i, i)
	}
	if err := os.WriteFile(filepath.Join(b.dir, "list"), []byte(list.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing to do
		out, errs := b.get(t, "--json", "-j", "20", "-o", "out", "-i", "list")
		if got := strings.Count(out, `"event":"result"`); got != n || strings.Count(out, `"event":"summary","code":0,"total":50,"complete":50`) != 1 {
			t.Errorf("%d results\n%s", got, errs)
		}
	}
	for i := range n {
		want, err := os.ReadFile(filepath.Join(b.dir, "all", fmt.Sprintf("%04d", i)))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(b.dir, "out", fmt.Sprintf("%02d", i), "file")); err != nil || !bytes.Equal(got, want) {
			t.Errorf("torrent %d: %d bytes, %v", i, len(got), err)
		}
	}
}

// How fast many small torrents come, beside one torrent of the same size: the bar is 0.6.
func BenchmarkManyTorrents(b *testing.B) {
	const n, size = 200, 1 << 20
	s := newBulk(b, n, size)
	defer s.stop()
	var one, many time.Duration
	files, _ := filepath.Glob(filepath.Join(s.dir, "torrents", "*"))
	b.SetBytes(n * size)
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		s.get(b, "-q", "-o", fmt.Sprintf("one%d/", i), "all.torrent")
		one += time.Since(began)
		began = time.Now()
		s.get(b, append([]string{"-q", "-j", "50", "-o", fmt.Sprintf("many%d", i)}, files...)...)
		many += time.Since(began)
		for _, folder := range []string{"one", "many"} {
			os.RemoveAll(filepath.Join(s.dir, fmt.Sprint(folder, i)))
		}
	}
	b.ReportMetric(one.Seconds()/many.Seconds(), "speed/one")
	b.ReportMetric(0, "ns/op")
}
