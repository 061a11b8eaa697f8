//go:build interop

package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

const lockedCode = 11

// A second process on one target is refused, with the first one's number, whatever state folder it uses; the first one is not
// disturbed.
func TestSecondProcess(t *testing.T) {
	t.Parallel()
	f := newFault(t, 171, fewFiles)
	dir := f.dir("0")
	p, pid := f.runKnown(f.command(dir, "--down", "1M")...)
	f.verified(p, 512<<10)
	name := fmt.Sprint(pid)
	refused := 0
	tries := 20
	for i := range tries {
		second := f.command(dir, "--bind", "127.0.0.173") // the last one of a flag counts
		if i%2 > 0 {
			second = append([]string{"env", "XDG_STATE_HOME=" + filepath.Join(f.get.Dir, "state2")}, second...)
		}
		q := f.run(second...)
		if said := f.wantCode(q, 5*time.Second, lockedCode); strings.Contains(said, name) {
			refused++
		} else {
			t.Errorf("it says %q, without the process %s", said, name)
		}
	}
	f.wantCode(p, 30*time.Second, 0)
	f.wantAll(dir)
	t.Logf("%d of %d refused with the first one's process", refused, tries)

	// The place is free now, and everything is there.
	f.completes(dir)
}

// Twenty processes that begin at the same moment: one gets the place, and its download is right.
func TestProcessRace(t *testing.T) {
	t.Parallel()
	f := newFault(t, 175, fewFiles)
	for round := range times(20, 3) {
		dir := f.dir(fmt.Sprint(round))
		var all []*lab.Process
		for i := range 5 {
			command := f.command(dir, "--down", "4M", "--bind", fmt.Sprintf("127.0.0.%d", 181+i))
			all = append(all, f.run(append([]string{"env", "XDG_STATE_HOME=" + filepath.Join(f.get.Dir, fmt.Sprint("s", i%3))}, command...)...))
		}
		won := 0
		for _, p := range all {
			code, err := p.Exit(lab.Within(t, 30*time.Second))
			if err != nil {
				t.Fatal(err)
			}
			switch code {
			case 0:
				won++ // the first, or one that came when it was complete
			case lockedCode:
			default:
				t.Errorf("code %d: %s", code, f.said(p))
			}
		}
		if won == 0 {
			t.Error("nobody got the place")
		}
		f.wantAll(dir)
	}
}

// With 64 file descriptors, a thousand files come and are served.
func TestFewDescriptors(t *testing.T) {
	t.Parallel()
	needRoot(t, "prlimit")
	f := newFault(t, 187, func(t testing.TB, dir string) string {
		for i := range 1000 {
			lab.WriteFile(t, dir, fmt.Sprintf("many/%d/%d.bin", i%40, i), int64(i*73%30_000))
		}
		return filepath.Join(dir, "many")
	})
	f.seeder.Kill()
	limited := []string{"prlimit", "--nofile=64:64"}
	seed := f.seed.Start(limited[0], append(limited[1:], lab.Shoal{}.Binary(), "seed", "--data", filepath.Dir(f.tor.Content), "--json", "--no-dht", "--no-lsd",
		"--no-port-map", "--port", strconv.Itoa(lab.Port), "--bind", f.seed.Addr, f.tor.File)...)
	if _, err := (lab.Shoal{}).Event(lab.Within(t, 20*time.Second), seed, "seeding"); err != nil {
		t.Fatal(err)
	}
	dir := f.dir("0")
	f.wantCode(f.run(append(limited, f.command(dir)...)...), 60*time.Second, 0)
	f.wantAll(dir)
	if !seed.Running() {
		t.Error("the seeder ended")
	}
}

// A download and its seeder stay within 200 MiB.
func TestMemoryBudget(t *testing.T) {
	t.Parallel()
	const budget = 200 << 20
	f := newFault(t, 191, func(t testing.TB, dir string) string {
		return lab.WriteFile(t, dir, "data.bin", int64(times(2048, 400))<<20)
	})
	dir := f.dir("0")
	p, pid := f.runKnown(append([]string{"env", "GOMEMLIMIT=200MiB"}, f.command(dir)...)...)
	var peak int64
	err := lab.Poll(lab.Within(t, 120*time.Second), "the end", func() (bool, error) {
		peak = max(peak, peakMemory(pid))
		return !p.Running(), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	f.wantCode(p, time.Second, 0)
	f.wantAll(dir)
	t.Logf("at most %d MiB", peak>>20)
	if peak == 0 || peak > budget {
		t.Errorf("it took %d MiB", peak>>20)
	}
}

// peakMemory is the most memory of its own that a process has had, in bytes; 0 where it has ended.
func peakMemory(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kib << 10
		}
	}
	return 0
}
