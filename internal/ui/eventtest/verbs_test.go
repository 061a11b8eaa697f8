package eventtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/cli"
	"github.com/shoal-project/shoal/internal/ledger"
	"github.com/shoal-project/shoal/internal/ui/eventtest"
)

// machine is a place where the program runs: a folder with a state of its own, and no network but the
// loopback.
type machine struct {
	t       *testing.T
	dir     string
	checker *eventtest.Checker
	seen    map[string]bool // events
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	c, err := eventtest.New(true)
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, dir: t.TempDir(), checker: c, seen: map[string]bool{}}
	rng := rand.NewChaCha8([32]byte{1})
	for name, size := range map[string]int{"folder/a.bin": 300_000, "folder/sub/b.bin": 1000} {
		b := make([]byte, size)
		_, _ = rng.Read(b)
		m.write(name, b)
	}
	return m
}

func (m *machine) write(name string, content []byte) {
	path := filepath.Join(m.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o666); err != nil {
		m.t.Fatal(err)
	}
}

// env is that of one run, whose results go to out.
func (m *machine) env(out *bytes.Buffer, args []string) cli.Env {
	return cli.Env{Args: args, Dir: m.dir, Out: out, LookupEnv: func(name string) (string, bool) {
		v, ok := map[string]string{
			"HOME": m.dir, "XDG_STATE_HOME": filepath.Join(m.dir, "state"), "XDG_CONFIG_HOME": filepath.Join(m.dir, "config"),
			"XDG_CACHE_HOME": filepath.Join(m.dir, "cache"), "SHOAL_NO_PORT_MAP": "true", "SHOAL_NO_LSD": "true",
			"SHOAL_NO_DHT": "true", "SHOAL_PORT": "0", "SHOAL_BIND": "127.0.0.1",
		}[name]
		return v, ok
	}}
}

// run runs a verb to its end and holds what it wrote to the schema.
func (m *machine) run(args ...string) {
	m.t.Helper()
	var out bytes.Buffer
	cli.Main(m.t.Context(), m.env(&out, args))
	m.check(args, out.Bytes())
}

func (m *machine) check(args []string, out []byte) {
	m.t.Helper()
	if len(out) == 0 {
		m.t.Errorf("shoal %s wrote nothing", strings.Join(args, " "))
	}
	if err := m.checker.Check(out); err != nil {
		m.t.Errorf("shoal %s: %v", strings.Join(args, " "), err)
	}
	for _, l := range bytes.Split(bytes.TrimSpace(out), []byte("\n")) {
		var e struct{ Event string }
		_ = json.Unmarshal(l, &e)
		m.seen[e.Event] = true
	}
}

// seeding is a buffer that notices the port at which a torrent is served.
type seeding struct {
	mu   sync.Mutex
	text bytes.Buffer
	port chan string
}

func (s *seeding) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	var e struct {
		Event string
		Port  int
	}
	if json.Unmarshal(p, &e) == nil && e.Event == "seeding" {
		s.port <- strconv.Itoa(e.Port)
	}
	return len(p), nil
}

func TestEveryVerbKeepsToTheSchema(t *testing.T) {
	m := newMachine(t)
	m.run("create", "--json", "folder")
	m.run("create", "--json", "--format", "hybrid", "-t", "http://192.0.2.1/announce", "-w", "http://192.0.2.1/", "--comment", "c", "-o", "hybrid.torrent", "folder")
	m.run("show", "--json", "--files", "hybrid.torrent")
	m.run("show", "--json", "folder.torrent")
	m.run("show", "--json", "magnet:?xt=urn:btih:000102030405060708090a0b0c0d0e0f10111213&dn=x&tr=http://192.0.2.1/a&so=1-2&x.pe=192.0.2.1:1")
	m.run("magnet", "--json", "hybrid.torrent")
	m.run("edit", "--json", "-t", "http://192.0.2.2/announce", "-o", "edited.torrent", "hybrid.torrent")
	m.run("verify", "--json", "folder.torrent")
	m.write("folder/sub/b.bin", []byte("damaged"))
	m.write("folder/extra.bin", []byte("extra"))
	m.run("verify", "--json", "folder.torrent", "folder", "none")
	m.run("get", "--json", "magnet:?xt=urn:btih:nonsense", "missing.torrent")
	m.run("get", "--json", "--list", "folder.torrent")
	m.transfer()
	m.know()
	m.run("list", "--json")
	m.run("forget", "--json", "--all-finished")
	for _, event := range []string{
		"added", "metadata", "checking", "progress", "file", "complete", "seeding", "error", "summary",
		"created", "torrent", "magnet", "edited", "transfer", "forgotten", "applied", "planned",
	} {
		if !m.seen[event] {
			t.Errorf("no verb wrote %s", event)
		}
	}
}

// know makes the machine know of a finished and of a failed transfer.
func (m *machine) know() {
	m.t.Helper()
	l := ledger.Open(filepath.Join(m.dir, "state", "shoal"))
	defer l.Close()
	for digit, change := range map[string]func(*ledger.Record){
		"1": func(r *ledger.Record) {
			r.State, r.Total, r.Verified, r.Labels, r.Completed = ledger.Complete, 10, 10, []string{"label"}, time.Now()
		},
		"2": func(r *ledger.Record) { r.State, r.Code, r.Message = ledger.Failed, 9, "no space left" },
	} {
		e, err := l.Begin(ledger.Record{InfoHash: strings.Repeat(digit, 40), Verb: "get", Output: m.dir, Dir: m.dir, Source: "x.torrent"})
		if err == nil {
			err = e.End(change)
		}
		if err != nil {
			m.t.Fatal(err)
		}
	}
}

// transfer seeds and gets.
func (m *machine) transfer() {
	m.t.Helper()
	m.write("seeded/file", bytes.Repeat([]byte("shoal"), 100_000))
	m.run("create", "--json", "seeded")
	ctx, stop := context.WithCancelCause(m.t.Context())
	out := &seeding{port: make(chan string, 8)}
	args := []string{"seed", "--json", "seeded"}
	var work sync.WaitGroup
	work.Go(func() {
		var none bytes.Buffer
		env := m.env(&none, args)
		env.Out = out
		cli.Main(ctx, env)
		close(out.port)
	})
	if port, ok := <-out.port; ok {
		m.run("get", "--json", "--peer", "127.0.0.1:"+port, "-o", "got/", "seeded.torrent")
		m.write("manifest.toml", []byte("[[torrent]]\nsource = 'seeded.torrent'\ndir = 'applied'\nlabels = ['l']\nseed.time = '1ms'\n[[torrent]]\nsource = 'none.torrent'\n"))
		m.run("apply", "--json", "--dry-run", "manifest.toml")
		m.run("apply", "--json", "--peer", "127.0.0.1:"+port, "manifest.toml")
		m.run("apply", "--json", "--dry-run", "manifest.toml")
	} else {
		m.t.Error("seed ended")
	}
	stop(cli.ErrInterrupted)
	work.Wait()
	m.check(args, out.text.Bytes())
}
