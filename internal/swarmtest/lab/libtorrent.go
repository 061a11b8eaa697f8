package lab

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// python is Debian's own: its libtorrent package is for this one.
const python = "/usr/bin/python3"

//go:embed libtorrent_peer.py
var libtorrentPeer []byte

// Libtorrent drives libtorrent through its Python binding.
type Libtorrent struct{}

// LibtorrentStatus is a line that the driver prints.
type LibtorrentStatus struct {
	State      string   `json:"state"`
	Done       int64    `json:"done"`
	Wanted     int64    `json:"wanted"`
	Metadata   bool     `json:"metadata"`
	Complete   bool     `json:"complete"`
	Peers      int      `json:"peers"`
	Downloaded int64    `json:"downloaded"`
	Uploaded   int64    `json:"uploaded"`
	Failed     int64    `json:"failed"`
	Error      string   `json:"error"`
	DHT        bool     `json:"dht"`       // is it running
	DHTNodes   int      `json:"dht_nodes"` // in its routing table, where bootstrap nodes do not count
	DHTPeers   []string `json:"dht_peers"`

	With []LibtorrentPeer `json:"with"` // the connections that the handshakes are done on
}

// LibtorrentPeer is a connection as libtorrent sees it.
type LibtorrentPeer struct {
	Addr    string   `json:"addr"`
	Client  string   `json:"client"`
	Sources []string `json:"sources"` // tracker, dht, pex, lsd, resume; none where the other side connected
	Marks   []string `json:"marks"`   // incoming, utp, rc4, plaintext, seed, upload_only
	Pieces  int      `json:"pieces"`
}

// Is reports whether a mark is on the connection.
func (p LibtorrentPeer) Is(mark string) bool { return slices.Contains(p.Marks, mark) }

// From reports whether the peer was learned of from a source.
func (p LibtorrentPeer) From(source string) bool { return slices.Contains(p.Sources, source) }

// Name of the client.
func (Libtorrent) Name() string { return "libtorrent" }

// Need skips the test where the binding is missing.
func (Libtorrent) Need(t testing.TB) {
	t.Helper()
	if err := exec.Command(python, "-c", "import libtorrent").Run(); err != nil {
		Skip(t, "libtorrent is not here (package python3-libtorrent)")
	}
}

func (c Libtorrent) run(h *Host, args ...string) *Process {
	script := filepath.Join(h.Dir, "libtorrent_peer.py")
	if err := os.WriteFile(script, libtorrentPeer, 0o644); err != nil {
		h.t.Fatal(err)
	}
	return h.Start(python, append([]string{"-W", "ignore::DeprecationWarning", script}, args...)...)
}

// Create makes a v1 .torrent of content, beside it.
func (c Libtorrent) Create(h *Host, content string, pieceLength int, trackers ...string) Torrent {
	h.t.Helper()
	tor := Torrent{File: content + ".torrent", Content: content}
	args := []string{"create", content, tor.File, "--piece-length", strconv.Itoa(pieceLength)}
	for _, url := range trackers {
		args = append(args, "--tracker", url)
	}
	line, err := c.run(h, args...).Line(h.t.Context(), func(l string) bool { return strings.HasPrefix(l, "{") })
	if err != nil {
		h.t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(line), &tor); err != nil {
		h.t.Fatal(err)
	}
	return tor
}

// Seed trusts that all is there.
func (c Libtorrent) Seed(h *Host, job Job) *Peer { return c.peer(h, job, "--seed") }

// Get fetches, and seeds afterwards.
func (c Libtorrent) Get(h *Host, job Job) *Peer { return c.peer(h, job) }

func (c Libtorrent) peer(h *Host, job Job, more ...string) *Peer {
	args := []string{"peer", "--source", job.Source, "--dir", mkdir(h.t, job.Dir)}
	listen := fmt.Sprintf("%s:%d", h.Addr, Port)
	if h.Addr6 != "" {
		listen += fmt.Sprintf(",[%s]:%d", h.Addr6, Port)
	}
	args = append(append(append(args, "--listen", listen), more...), job.Extra...)
	for _, peer := range job.Peers {
		args = append(args, "--peer", peer)
	}
	p := &Peer{Process: c.run(h, args...)}
	p.Complete = func(ctx context.Context) error {
		_, err := c.Status(ctx, p.Process, func(s LibtorrentStatus) bool { return s.Complete })
		return err
	}
	return p
}

// Node runs a node of a DHT that has no torrent, and waits until it answers.
func (c Libtorrent) Node(ctx context.Context, h *Host, port int, bootstrap string) *Process {
	h.t.Helper()
	p := c.run(h, "peer", "--dht", "--dht-bootstrap", bootstrap, "--listen", fmt.Sprintf("%s:%d", h.Addr, port))
	if _, err := c.Status(ctx, p, func(s LibtorrentStatus) bool { return s.DHT }); err != nil {
		h.t.Fatal(err)
	}
	return p
}

// Status waits for a status that match accepts.
func (Libtorrent) Status(ctx context.Context, p *Process, match func(LibtorrentStatus) bool) (LibtorrentStatus, error) {
	var s LibtorrentStatus
	_, err := p.Line(ctx, func(line string) bool {
		s = LibtorrentStatus{}
		return json.Unmarshal([]byte(line), &s) == nil && match(s)
	})
	return s, err
}
