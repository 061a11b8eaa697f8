//go:build interop

package interop

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// What a torrent may cost, whatever is in it.
const (
	hostileCPU    = 2 * time.Second
	hostileMemory = 256 << 20
)

const badTorrent = 26 // the exit code

// worst keeps what was the most, over many runs.
type worst struct {
	mu       sync.Mutex
	runs     int
	cpu      time.Duration
	wall     time.Duration
	memory   int64
	cpuOf    string
	memoryOf string
}

func (w *worst) add(name string, m measured) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.runs++
	w.wall = max(w.wall, m.Wall)
	if m.CPU > w.cpu {
		w.cpu, w.cpuOf = m.CPU, name
	}
	if m.Memory > w.memory {
		w.memory, w.memoryOf = m.Memory, name
	}
}

func (w *worst) String() string {
	return fmt.Sprintf("at most %.2f s of processor (%s), %.1f s by the clock of a machine at work, %d MiB (%s)",
		w.cpu.Seconds(), w.cpuOf, w.wall.Seconds(), w.memory>>20, w.memoryOf)
}

// cage is a folder to run the program in: target is where it may write, everything else is watched.
type cage struct {
	t      *testing.T
	dir    string
	before []string
}

func newCage(t *testing.T) *cage {
	t.Helper()
	c := &cage{t: t, dir: t.TempDir()}
	for _, dir := range []string{"target", "home", "outside", "etc"} {
		if err := os.Mkdir(filepath.Join(c.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"victim", "x", "outside/x", "etc/passwd"} {
		if err := os.WriteFile(filepath.Join(c.dir, file), []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// seal remembers what there is outside the target.
func (c *cage) seal() { c.before = c.list(".", "target", "home") }

// list is what lies below a folder of the cage: each with its kind, size and, for links, target.
func (c *cage) list(below string, but ...string) (all []string) {
	root := filepath.Join(c.dir, below)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		if slices.Contains(but, rel) {
			return fs.SkipDir
		}
		fi, err := d.Info()
		if err != nil {
			return err
		}
		entry := fmt.Sprintf("%q %v", rel, fi.Mode())
		switch {
		case fi.Mode().IsRegular():
			entry += fmt.Sprint(" ", fi.Size(), " ", fi.ModTime().UnixNano())
		case fi.Mode()&fs.ModeSymlink != 0:
			to, _ := os.Readlink(path)
			entry += " " + to
		}
		all = append(all, entry)
		return nil
	})
	if err != nil {
		c.t.Error(err)
	}
	return all
}

// intact fails the test where anything outside the target was made, changed or removed.
func (c *cage) intact() {
	c.t.Helper()
	if now := c.list(".", "target", "home"); !slices.Equal(now, c.before) {
		c.t.Errorf("outside the target:\n%s\nwas:\n%s", strings.Join(now, "\n"), strings.Join(c.before, "\n"))
	}
}

// said fails the test where a run crashed, or printed what must not reach a terminal.
func (c *cage) said(m measured) {
	c.t.Helper()
	for _, text := range []string{m.out, m.err} {
		if at, ok := dangerous(text); ok || !utf8.ValidString(text) {
			c.t.Errorf("it printed %.200q", text[max(0, at):])
		}
		if strings.Contains(text, "goroutine ") || strings.Contains(text, "panic") {
			c.t.Errorf("it crashed: %.2000s", text)
		}
	}
	if m.Code < 0 {
		c.t.Errorf("it was ended by a signal: %.2000s", m.err)
	}
}

// bounded fails the test where a run took more than it may.
func (c *cage) bounded(m measured) {
	c.t.Helper()
	if m.CPU > hostileCPU || m.Memory > hostileMemory {
		c.t.Errorf("%v and %d MiB", m.CPU, m.Memory>>20)
	}
}

// Whatever is in a .torrent, looking at it, listing and checking it is quick, needs little memory, changes nothing, and prints nothing that a
// terminal would obey.
func TestHostileTorrents(t *testing.T) {
	lab.Shoal{}.Need(t)
	most, refused := new(worst), 0
	var mu sync.Mutex
	run := func(t *testing.T, x hostile, flags ...string) {
		t.Run(x.name+strings.Join(flags, " "), func(t *testing.T) {
			t.Parallel()
			c := newCage(t)
			torrent := filepath.Join(c.dir, "x.torrent")
			if err := os.WriteFile(torrent, []byte(x.file), 0o644); err != nil {
				t.Fatal(err)
			}
			c.seal()
			var codes []int
			for _, args := range [][]string{{"show", "--files"}, {"show", "--json", "--files"}, {"get", "--list"}, {"verify"}} {
				args = append(append(args, flags...), torrent)
				if args[0] == "verify" {
					args = append(args, filepath.Join(c.dir, "target"))
				}
				m := measure(t, c.dir, args...)
				most.add(fmt.Sprint(args[0], " of ", x.name), m)
				c.said(m)
				c.bounded(m)
				codes = append(codes, m.Code)
			}
			switch {
			case codes[0] == 0 && codes[1] == 0 && codes[2] == 0 && codes[3] != badTorrent:
			case slices.Equal(codes, []int{badTorrent, badTorrent, badTorrent, badTorrent}):
				mu.Lock()
				refused++
				mu.Unlock()
			default:
				t.Errorf("show, get and verify end with %v", codes)
			}
			c.intact()
			if left := c.list("target"); len(left) != 1 {
				t.Errorf("in the target: %v", left)
			}
		})
	}
	large := largeCases(t)
	small := slices.Concat(corpusCases(t), syntaxCases(), numberCases(), pathCases("nowhere"))
	t.Run("in", func(t *testing.T) {
		for i, x := range small {
			if long() || i%9 == 0 {
				run(t, x)
			}
		}
	})
	for _, x := range large { // one after the other: they are what takes memory here too
		if !long() && len(x.file) > 12<<20 {
			continue
		}
		t.Run("in", func(t *testing.T) { run(t, x) })
		if long() {
			t.Run("in", func(t *testing.T) { run(t, x, "--max-torrent=1G") })
		}
	}
	figure(t, 1, "%d runs, %d torrents refused, 0 crashes, hangs or files outside; %s", most.runs, refused, most)
}

// The same names and paths bring the same answers when they come as metadata from a peer, and then all of the data comes too: no file is made outside the
// target, and no terminal is painted on.
func TestHostileMetadata(t *testing.T) {
	lab.Shoal{}.Need(t)
	outside := t.TempDir() // what the names mean, as far as a name can
	var cases []hostile
	for i, x := range slices.Concat(pathCases(strings.TrimPrefix(outside, "/")), numberCases(), corpusCases(t)) {
		if x.info != "" && (long() || i%9 == 0) {
			cases = append(cases, x)
		}
	}
	z := newZeroPeer(t, 171, cases)
	most, fetched, refused := new(worst), 0, 0
	var mu sync.Mutex
	t.Run("in", func(t *testing.T) {
		for i, x := range cases {
			t.Run(x.name, func(t *testing.T) {
				t.Parallel()
				var answers [2]string
				for way, source := range []string{"x.torrent", x.magnet()} {
					c := newCage(t)
					if err := os.WriteFile(filepath.Join(c.dir, "x.torrent"), []byte(ofInfo("", x.info).file), 0o644); err != nil {
						t.Fatal(err)
					}
					c.seal()
					m := measure(t, c.dir, "get", "-o", "target/", "--peer", z.addr, "--bind", fmt.Sprintf("127.0.1.%d", 1+i%200), "--port", "0", "--no-dht", "--no-lsd",
						"--no-port-map", "--no-trackers", "--no-utp", "--timeout", "3s", "--json", source)
					most.add(x.name, m)
					c.said(m)
					c.bounded(m)
					c.intact()
					var there []string
					for _, entry := range c.list("target") {
						fields := strings.Fields(entry)
						there = append(there, strings.Join(fields[:len(fields)-1], " ")) // without the time
					}
					slices.Sort(there)
					answers[way] = fmt.Sprint(m.Code, "\n", strings.Join(there, "\n"))
					mu.Lock()
					switch m.Code {
					case 0:
						fetched++
					case badTorrent:
						refused++
					default:
						t.Logf("%s: code %d: %.300s", source, m.Code, m.err+m.out)
					}
					mu.Unlock()
				}
				if answers[0] != answers[1] {
					t.Errorf("from a file:\n%s\nfrom a peer:\n%s", answers[0], answers[1])
				}
			})
		}
	})
	if left, err := os.ReadDir(outside); err != nil || len(left) > 0 {
		t.Errorf("outside: %v, %v", left, err)
	}
	figure(t, 2, "%d torrents by file and by magnet link: the same answers (%d runs that fetched all data, %d that refused), 0 files outside; %s", len(cases), fetched, refused, most)
}
