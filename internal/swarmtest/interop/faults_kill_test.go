//go:build interop

package interop

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// A download that is killed at a random moment, and again, ends with the right content and nothing besides. At no moment does a file
// have its final name and wrong content.
func TestKillCycles(t *testing.T) {
	t.Parallel()
	f := newFault(t, 131, folder)
	dice := rand.New(rand.NewPCG(17, 4))
	cycles := times(100, 8)
	kills, looks := 0, 0
	for i := range cycles {
		dir := f.dir(fmt.Sprint(i))
		ctx, cancel := context.WithCancel(t.Context())
		var watch sync.WaitGroup
		watch.Go(func() { looks += f.watchNames(ctx, dir) })
		for again := true; again; {
			p := f.run(f.command(dir, "--down", "20M")...)
			_, err := p.Exit(lab.Within(t, time.Duration(60+dice.IntN(800))*time.Millisecond))
			again = err != nil && dice.IntN(3) > 0
			if err != nil {
				p.Kill()
				kills++
			}
		}
		cancel()
		watch.Wait()
		f.completes(dir)
		if t.Failed() {
			t.Fatalf("cycle %d", i)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d of %d downloads right in the end, after %d kills; 0 wrong bytes under a final name in %d looks", cycles, cycles, kills, looks)
}

// killCalls are the calls at which a download is killed: those that bring data, names and state to disk, and those that make and
// remove. Some come before any data, some only at the end.
// "write" stands for those to the state file alone.
var killCalls = []string{"write", "pwritev", "renameat2", "fsync", "syncfs", "renameat", "fdatasync", "mkdirat", "unlinkat", "sync_file_range", "ftruncate"}

// A download that is killed at the moment of a sync, a rename or a state write leaves nothing wrong, and the next one completes.
func TestKillAtCalls(t *testing.T) {
	t.Parallel()
	needRoot(t, "strace")
	f := newFault(t, 133, func(t testing.TB, dir string) string {
		lab.WriteFile(t, dir, "few/a.bin", 2<<20)
		lab.WriteFile(t, dir, "few/b/c.bin", 700_000)
		for i := range 30 {
			lab.WriteFile(t, dir, fmt.Sprintf("few/many/%d.txt", i), int64(i*i*10))
		}
		return filepath.Join(dir, "few")
	})
	want := times(50, 8)
	killed, byCall := 0, map[string]int{}
	for nth := 1; killed < want; nth++ {
		before := killed
		for _, call := range killCalls {
			if killed == want {
				break
			}
			dir := f.dir(fmt.Sprint(call, nth))
			strace := []string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call,
				"-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, nth)}
			if call == "write" {
				strace = append(strace, "-P", f.stateFile(filepath.Join(dir, "few"))+".tmp")
			}
			p := f.run(append(strace, f.command(dir)...)...)
			code, err := p.Exit(lab.Within(t, 30*time.Second))
			if err != nil {
				t.Fatal(err)
			}
			if err := f.namedRight(dir); err != nil {
				t.Error(err)
			}
			if code == 0 {
				f.wantAll(dir) // it did not come to that call
				continue
			}
			killed++
			byCall[call]++
			f.completes(dir)
			if t.Failed() {
				t.Fatalf("killed at %s %d", call, nth)
			}
		}
		if killed == before {
			t.Fatalf("only %d calls to be killed at", killed)
		}
	}
	t.Logf("%d of %d downloads right after a kill at one of their calls: %v", killed, want, byCall)
}
