package session

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// usage is what a process holds.
type usage struct {
	goroutines, files int
	heap              int64
}

func measure(t *testing.T) (u usage) {
	t.Helper()
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u.heap, u.goroutines = int64(m.HeapAlloc), runtime.NumGoroutine()
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		u.files = len(files)
	}
	return u
}

// settles measures until nothing is held that was not before, or for so long that it will not happen any more.
func settles(t *testing.T, before usage) usage {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		u := measure(t)
		if u.goroutines <= before.goroutines && u.files <= before.files && u.heap <= before.heap+before.heap/20+1<<20 || time.Now().After(deadline) {
			return u
		}
		runtime.Gosched()
	}
}

// Goroutines, sockets, files and memory go back to where they were when many torrents have come and gone.
func TestManyTorrentsComeAndGo(t *testing.T) {
	many := 500
	if testing.Short() {
		many = 60
	}
	src, dst := t.TempDir(), t.TempDir()
	torrents := make([]*metainfo.Metainfo, many)
	for i := range torrents {
		name := filepath.Join(src, fmt.Sprintf("%d.bin", i))
		if err := os.WriteFile(name, fmt.Appendf(make([]byte, 40_000), "%d", i), 0o666); err != nil {
			t.Fatal(err)
		}
		m, err := metainfo.Create(context.Background(), metainfo.Options{Path: name})
		if err != nil {
			t.Fatal(err)
		}
		torrents[i] = m
	}
	from, to := start(t), start(t)
	addr := fmt.Sprintf("127.0.0.1:%d", from.Port())
	one := func(m *metainfo.Metainfo) {
		ready := make(chan struct{})
		seed := add(t, from, AddOptions{Metainfo: m, Dir: src, SeedOnly: true, Keep: true, OnEvent: func(e Event) {
			if e.Kind == Seeding {
				close(ready)
			}
		}})
		<-ready
		leech := add(t, to, AddOptions{Magnet: m.Magnet(), Dir: dst, Peers: []string{addr}})
		<-leech.Done()
		if err := leech.Err(); err != nil {
			t.Error(err)
		}
		if err := seed.Remove(context.Background()); err != nil {
			t.Error(err)
		}
	}
	run := func(some []*metainfo.Metainfo) {
		var work sync.WaitGroup
		slots := make(chan struct{}, 20)
		for _, m := range some {
			slots <- struct{}{}
			work.Go(func() { defer func() { <-slots }(); one(m) })
		}
		work.Wait()
	}
	warm := many / 5 // what is made once and kept is there after these
	run(torrents[:warm])
	before := measure(t)
	run(torrents[warm:])
	after := settles(t, before)
	t.Logf("before %+v, after %+v", before, after)
	if after.goroutines > before.goroutines || after.files > before.files {
		t.Errorf("goroutines and files: %+v before, %+v after", before, after)
	}
	if after.heap > before.heap+before.heap/20+1<<20 {
		t.Errorf("heap: %d bytes before, %d after", before.heap, after.heap)
	}
}
