//go:build interop

package interop

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// long tells whether the long form of a test was asked for, with SHOAL_LONG=1: the figures of the scorecard. The short form
// walks the same ways fewer times.
func long() bool { return os.Getenv("SHOAL_LONG") != "" }

// times is how often a test does its thing, in its long and in its short form.
func times(inLong, inShort int) int {
	if long() {
		return inLong
	}
	return inShort
}

// fault is a seeder of one content, and a host whose downloads of it meet with faults.
type fault struct {
	t      *testing.T
	seed   *lab.Host
	get    *lab.Host
	tor    lab.Torrent
	seeder *lab.Peer
	runs   int
}

// newFault starts the seeder, on the address 127.0.0.last; the downloads run on the next one, in one home.
func newFault(t *testing.T, last int, content maker, flags ...string) *fault {
	t.Helper()
	shoal := lab.Shoal{}
	shoal.Need(t)
	f := &fault{t: t, seed: lab.Loopback(t, last), get: lab.Loopback(t, last+1)}
	f.get.OneHome()
	f.tor = shoal.Create(f.seed, content(t, filepath.Join(f.seed.Dir, "content")))
	f.seeder = shoal.Seed(f.seed, lab.Job{Source: f.tor.File, Dir: filepath.Dir(f.tor.Content), Extra: append([]string{"--bind", f.seed.Addr}, flags...)})
	if err := f.seeder.Complete(lab.Within(t, 30*time.Second)); err != nil {
		t.Fatal(err)
	}
	return f
}

// command is the command line of a download into dir.
func (f *fault) command(dir string, extra ...string) []string {
	args := []string{
		lab.Shoal{}.Binary(), "get", "--output", dir + "/", "--json", "--no-dht", "--no-lsd", "--no-port-map", "--port", strconv.Itoa(lab.Port),
		"--bind", f.get.Addr, "--peer", fmt.Sprintf("%s:%d", f.seed.Addr, lab.Port),
	}
	return append(append(args, extra...), f.tor.File)
}

// stateFile is where the state of a download to a target is kept.
func (f *fault) stateFile(target string) string {
	sum := sha256.Sum256([]byte(target))
	return filepath.Join(f.get.Dir, "home", "state", "shoal", fmt.Sprintf("%s-%x.resume", f.tor.InfoHash, sum[:4]))
}

// run starts a command line on the getter's host.
func (f *fault) run(command ...string) *lab.Process { return f.get.Start(command[0], command[1:]...) }

// runKnown starts a command line, and tells its process id.
func (f *fault) runKnown(command ...string) (*lab.Process, int) {
	f.t.Helper()
	f.runs++
	file := filepath.Join(f.get.Dir, fmt.Sprint("pid", f.runs))
	p := f.run(append([]string{"sh", "-c", `echo $$ > "$0.new" && mv "$0.new" "$0" && exec "$@"`, file}, command...)...)
	pid := 0
	err := lab.Poll(lab.Within(f.t, 5*time.Second), "the process id", func() (bool, error) {
		b, err := os.ReadFile(file)
		pid, _ = strconv.Atoi(strings.TrimSpace(string(b)))
		return pid > 0, err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return p, pid
}

// dir is a new folder to download into; it is not there yet.
func (f *fault) dir(name string) string { return filepath.Join(f.get.Dir, "got", name) }

// wantCode waits for the end of a run, which has to come within d and with this exit code, and gives what it said.
func (f *fault) wantCode(p *lab.Process, d time.Duration, code int) string {
	f.t.Helper()
	got, err := p.Exit(lab.Within(f.t, d))
	if err != nil {
		f.t.Fatal(err)
	}
	said := f.said(p)
	if got != code {
		f.t.Errorf("%s ended with code %d, want %d: %s\n%s", p.Name, got, code, said, p.Stderr())
	}
	if strings.Contains(p.Stderr(), "goroutine ") {
		f.t.Errorf("it printed a stack:\n%s", p.Stderr())
	}
	return said
}

// said is what the error events of a run say.
func (f *fault) said(p *lab.Process) string {
	var all []string
	for _, e := range (lab.Shoal{}).Events(p) {
		if e.Event == "error" {
			all = append(all, fmt.Sprintf("%d: %s", e.Code, e.Message))
		}
	}
	return strings.Join(all, "\n")
}

// completes downloads into dir and wants all of it right, and nothing left besides.
func (f *fault) completes(dir string, extra ...string) {
	f.t.Helper()
	p := f.run(f.command(dir, extra...)...)
	f.wantCode(p, 60*time.Second, 0)
	f.wantAll(dir)
}

// wantAll compares what is in dir with what is seeded.
func (f *fault) wantAll(dir string) {
	f.t.Helper()
	if err := lab.Same(filepath.Dir(f.tor.Content), dir, torrentFile(f.tor)); err != nil {
		f.t.Error(err)
	}
}

// namedRight reports what is wrong below dir under a final name. It may be asked while a download runs.
func (f *fault) namedRight(dir string) error {
	var wrong []error
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it got another name meanwhile
		}
		if err != nil || e.IsDir() || strings.HasSuffix(path, ".part") {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		want, err := os.ReadFile(filepath.Join(filepath.Dir(f.tor.Content), rel))
		if err != nil {
			return err
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != string(want) {
			wrong = append(wrong, fmt.Errorf("%q has its final name, but is wrong: %w", path, err))
		}
		return nil
	})
	return errors.Join(append(wrong, err)...)
}

// watchNames looks at what has final names until ctx ends, and counts how often.
func (f *fault) watchNames(ctx context.Context, dir string) (looks int) {
	for ctx.Err() == nil {
		if err := f.namedRight(dir); err != nil {
			f.t.Error(err)
			return looks
		}
		looks++
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
	return looks
}

// verified waits until a run has said that so many bytes are verified.
func (f *fault) verified(p *lab.Process, n int64) {
	f.t.Helper()
	err := lab.Poll(lab.Within(f.t, 20*time.Second), fmt.Sprint(n, " verified bytes"), func() (bool, error) {
		for _, e := range (lab.Shoal{}).Events(p) {
			if e.Verified >= n {
				return true, nil
			}
		}
		if !p.Running() {
			return false, errors.New("it has ended: " + p.Tail(5))
		}
		return false, nil
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

// needRoot skips the test where file systems cannot be mounted, or programs are missing.
func needRoot(t *testing.T, programs ...string) {
	t.Helper()
	if os.Geteuid() != 0 {
		lab.Skip(t, "not root")
	}
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			lab.Skip(t, program+" is not here")
		}
	}
}

// mount mounts something, and unmounts it when the test ends.
func mount(t *testing.T, at string, args ...string) {
	t.Helper()
	if err := os.MkdirAll(at, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", append(args, at)...).CombinedOutput(); err != nil {
		lab.Skip(t, fmt.Sprintf("mount: %v: %s", err, out))
	}
	t.Cleanup(func() { exec.Command("umount", "-l", at).Run() })
}

// remount changes the options of a mounted file system.
func remount(t *testing.T, at, options string) {
	t.Helper()
	if out, err := exec.Command("mount", "-o", "remount,"+options, at).CombinedOutput(); err != nil {
		t.Fatalf("remount: %v: %s", err, out)
	}
}
