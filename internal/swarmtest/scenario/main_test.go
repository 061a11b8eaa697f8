package scenario

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/simnet"
)

// Flags: go test ./internal/swarmtest/scenario -run TestChurn -seed 7.
var (
	long   = flag.Bool("long", false, "run the swarms in life size, and the largest ones too")
	seed   = flag.Uint64("seed", 1, "the first seed: it decides every random choice")
	seeds  = flag.Int("seeds", 1, "run each scenario with so many seeds")
	update = flag.Bool("update", false, "write what was measured to "+figuresFile)
)

const (
	figuresFile = "figures.tsv"
	mb          = 1_000_000
	mib         = 1 << 20
)

var near = simnet.Path{Delay: 10 * time.Millisecond}

// known is the table as it is checked in, fresh what this run measures.
var known, fresh Table

// TestMain runs everything on one processor, which makes a run with the same seed the same run: see simnet.
func TestMain(m *testing.M) {
	flag.Parse()
	if !raceDetector {
		runtime.GOMAXPROCS(1)
	}
	var err error
	if known, err = ReadTable(figuresFile); err == nil {
		m.Run()
		if *update {
			err = writeFresh()
		}
	}
	if err != nil {
		panic(err)
	}
}

// writeFresh puts what was measured into the table. A run of everything drops the rows of scenarios that are gone.
func writeFresh() error {
	var t Table
	for _, r := range known {
		if fresh.Find(r.Scenario, r.Size) == nil && (r.Size != size() || flag.Lookup("test.run").Value.String() != "") {
			t.Put(r)
		}
	}
	for _, r := range fresh {
		t.Put(r)
	}
	return writeTable(figuresFile, t)
}

func writeTable(path string, t Table) error { return os.WriteFile(path, []byte(t.String()), 0o644) }

// size names the worlds of this run.
func size() string {
	if *long {
		return "long"
	}
	return "default"
}

// world runs f in a bubble with a world that is closed and checked afterwards, once for each seed, and holds the figures
// that f records against the table. scale says how much smaller than life the world is, without -long; the race detector
// makes it smaller still.
func world(t *testing.T, scale, length, pieceLength int64, path simnet.Path, f func(t *testing.T, w *World)) {
	t.Helper()
	switch {
	case *long:
		scale = 1
	case raceDetector:
		scale *= 4
	}
	all := map[string][]Figures{}
	for s := *seed; s < *seed+uint64(*seeds); s++ {
		begun := time.Now()
		ok := t.Run(fmt.Sprintf("seed=%d", s), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := NewWorld(t, s, scale, length, pieceLength, path, simnet.Options{})
				defer w.Close()
				f(t, w)
				for name, x := range w.recorded {
					all[name] = append(all[name], x)
				}
			})
			t.Logf("scale 1:%d, real time %.2fs", scale, time.Since(begun).Seconds())
		})
		if !ok {
			t.Logf("again: go test ./internal/swarmtest/scenario -run '^%s$' -seed %d -long=%v", t.Name(), s, *long)
		}
	}
	for name, runs := range all {
		hold(t, name, runs)
	}
}
