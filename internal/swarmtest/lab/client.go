package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Port is where every client listens. Hosts differ by their addresses.
const Port = 42000

// A Torrent is something to share: the content, and the two ways to name it.
type Torrent struct {
	File     string // the .torrent
	Magnet   string // with the trackers of the .torrent
	InfoHash string // 40 hex
	Content  string // path of the file or folder that it was made of
}

// Name is the name of the file or folder.
func (t Torrent) Name() string { return filepath.Base(t.Content) }

// A Job tells a client what to share or fetch.
type Job struct {
	Source string   // path of a .torrent, or a magnet link
	Dir    string   // the folder that holds the content, or will hold it
	Peers  []string // host:port, where the client takes addresses
	UDP    bool     // a tracker of the source speaks UDP
	Extra  []string // more arguments, for tests that know the client
}

// A Client is a program that speaks BitTorrent.
type Client interface {
	Name() string
	// Need skips the test where the program is not on this machine.
	Need(t testing.TB)
	// Seed serves what lies in the job's folder, all of it.
	Seed(h *Host, job Job) *Peer
	// Get fetches into the job's folder.
	Get(h *Host, job Job) *Peer
}

// A Peer is a client at work on one torrent.
type Peer struct {
	*Process
	// Complete waits until the peer has everything and knows it. For one that seeds this is at its start.
	Complete func(ctx context.Context) error
}

// Skip skips the test for something that this machine lacks; where $SHOAL_INTEROP_ALL is set, as in CI,
// it fails the test instead.
func Skip(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("SHOAL_INTEROP_ALL") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// need skips the test where a program is missing.
func need(t testing.TB, program, pkg string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		Skip(t, fmt.Sprintf("%s is not here (package %s)", program, pkg))
	}
}

func mkdir(t testing.TB, dir string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}
