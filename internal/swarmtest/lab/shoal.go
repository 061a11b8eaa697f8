package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Shoal drives the program that this tree builds.
type Shoal struct{}

// Event is a line of its --json output.
type Event struct {
	Event    string `json:"event"`
	InfoHash string `json:"infohash"`
	Name     string `json:"name"`
	Done     int64  `json:"bytes_done"`
	Total    int64  `json:"bytes_total"`
	Verified int64  `json:"bytes_verified"`
	Uploaded int64  `json:"uploaded"`
	Peers    int    `json:"peers"`
	Code     int    `json:"code"`
	Message  string `json:"message"`
}

// Binary is the path of the program: $SHOAL, or bin/shoal of the tree, as make build leaves it.
func (Shoal) Binary() string {
	if path := os.Getenv("SHOAL"); path != "" {
		return path
	}
	path, err := filepath.Abs("../../../bin/shoal")
	if err != nil {
		return "bin/shoal"
	}
	return path
}

// Name of the client.
func (Shoal) Name() string { return "shoal" }

// Need skips the test where the program was not built.
func (s Shoal) Need(t testing.TB) {
	t.Helper()
	if _, err := os.Stat(s.Binary()); err != nil {
		Skip(t, s.Binary()+" is not here (make build)")
	}
}

// Seed serves a .torrent's content from the job's folder.
func (s Shoal) Seed(h *Host, job Job) *Peer {
	args := append([]string{"seed", "--data", job.Dir}, s.flags(job)...)
	p := &Peer{Process: h.Start(s.Binary(), append(args, job.Source)...)}
	p.Complete = func(ctx context.Context) error {
		_, err := s.Event(ctx, p.Process, "seeding")
		return err
	}
	return p
}

// Get ends when it has everything.
func (s Shoal) Get(h *Host, job Job) *Peer {
	args := append([]string{"get", "--output", mkdir(h.t, job.Dir)}, s.flags(job)...)
	p := &Peer{Process: h.Start(s.Binary(), append(args, job.Source)...)}
	p.Complete = func(ctx context.Context) error {
		switch code, err := p.Exit(ctx); {
		case err != nil:
			return err
		case code != 0:
			return fmt.Errorf("shoal get ended with code %d\n%s", code, p.Tail(25))
		}
		return nil
	}
	return p
}

// flags are those of seed and get alike. The DHT is off unless the job's own flags name it.
func (Shoal) flags(job Job) []string {
	args := []string{"--json", "--no-lsd", "--no-port-map", "--port", strconv.Itoa(Port)}
	if !strings.Contains(strings.Join(job.Extra, " "), "--dht-bootstrap") {
		args = append(args, "--no-dht")
	}
	for _, peer := range job.Peers {
		args = append(args, "--peer", peer)
	}
	return append(args, job.Extra...)
}

// Event waits for the first event of a kind.
func (Shoal) Event(ctx context.Context, p *Process, kind string) (Event, error) {
	var e Event
	_, err := p.Line(ctx, func(line string) bool {
		e = Event{}
		return json.Unmarshal([]byte(line), &e) == nil && e.Event == kind
	})
	return e, err
}

// Events returns all that was printed so far.
func (Shoal) Events(p *Process) []Event {
	var events []Event
	for _, line := range p.Lines() {
		var e Event
		if json.Unmarshal([]byte(line), &e) == nil {
			events = append(events, e)
		}
	}
	return events
}

// Create makes a .torrent of content, beside it, with the program's own create and magnet.
func (s Shoal) Create(h *Host, content string, trackers ...string) Torrent {
	h.t.Helper()
	tor := Torrent{File: content + ".torrent", Content: content}
	args := []string{"create", content, "--output", tor.File}
	for _, url := range trackers {
		args = append(args, "--tracker", url)
	}
	s.Run(h, args...)
	tor.Magnet = strings.TrimSpace(s.Run(h, "magnet", tor.File))
	_, rest, ok := strings.Cut(tor.Magnet, "xt=urn:btih:")
	if !ok || len(rest) < 40 {
		h.t.Fatalf("shoal magnet printed %q", tor.Magnet)
	}
	tor.InfoHash = rest[:40]
	return tor
}

// Run runs a command to its end, which must be a good one, and returns its stdout.
func (s Shoal) Run(h *Host, args ...string) string {
	h.t.Helper()
	p := h.Start(s.Binary(), args...)
	code, err := p.Exit(h.t.Context())
	if err != nil || code != 0 {
		h.t.Fatalf("shoal %s: code %d, %v\n%s", strings.Join(args, " "), code, err, p.Tail(10))
	}
	return strings.Join(p.Lines(), "\n")
}
