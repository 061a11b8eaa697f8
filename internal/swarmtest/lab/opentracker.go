package lab

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TrackerPort is where the tracker serves HTTP and UDP.
const TrackerPort = 6969

// A Tracker is opentracker. Debian's build serves only the infohashes that it is told of.
type Tracker struct {
	*Process
	host *Host
}

// NeedTracker skips the test where opentracker is missing.
func NeedTracker(t testing.TB) { t.Helper(); need(t, "opentracker", "opentracker") }

// TrackerURL is the announce URL of the tracker on the host, whether it runs already or not. The scheme is
// http or udp.
func (h *Host) TrackerURL(scheme string) string {
	return fmt.Sprintf("%s://%s:%d/announce", scheme, h.Addr, TrackerPort)
}

// Tracker runs opentracker on the host for these torrents and waits until it answers.
func (h *Host) Tracker(ctx context.Context, torrents ...Torrent) *Tracker {
	h.t.Helper()
	dir := mkdir(h.t, filepath.Join(h.Dir, "opentracker")) // becomes its root
	var list strings.Builder
	for _, t := range torrents {
		list.WriteString(strings.ToLower(t.InfoHash) + "\n")
	}
	if err := os.WriteFile(filepath.Join(dir, "whitelist"), []byte(list.String()), 0o644); err != nil {
		h.t.Fatal(err)
	}
	port := strconv.Itoa(TrackerPort)
	tr := &Tracker{host: h, Process: h.Start("opentracker", "-i", h.Addr, "-p", port, "-P", port, "-d", dir, "-w", "/whitelist", "-u", "nobody")}
	err := Poll(ctx, "the tracker", func() (bool, error) {
		_, err := tr.scrape(ctx, torrents[0].InfoHash)
		return err == nil, err
	})
	if err != nil {
		h.t.Fatalf("%v\n%s", err, tr.Tail(10))
	}
	return tr
}

// Seeds waits until at least n peers told the tracker that they have all of the torrent.
func (tr *Tracker) Seeds(ctx context.Context, t Torrent, n int) error {
	return Poll(ctx, fmt.Sprintf("%d seeds at the tracker", n), func() (bool, error) {
		got, err := tr.scrape(ctx, t.InfoHash)
		return got >= n, err
	})
}

var completeCount = regexp.MustCompile(`8:completei(\d+)e`)

// scrape asks for the number of seeds (BEP 48).
func (tr *Tracker) scrape(ctx context.Context, infohash string) (int, error) {
	raw, err := hex.DecodeString(infohash)
	if err != nil {
		return 0, err
	}
	var escaped strings.Builder
	for _, b := range raw {
		fmt.Fprintf(&escaped, "%%%02x", b) // a plus sign for a blank would be taken as it is
	}
	ask := fmt.Sprintf("http://%s:%d/scrape?info_hash=%s", tr.host.Addr, TrackerPort, escaped.String())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, ask, nil)
	if err != nil {
		return 0, err
	}
	resp, err := tr.host.http().Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	if err != nil {
		return 0, err
	}
	if !bytes.Contains(body, []byte("5:files")) {
		return 0, fmt.Errorf("the tracker answered %q", body)
	}
	m := completeCount.FindSubmatch(body)
	if m == nil {
		return 0, nil // not heard of yet
	}
	return strconv.Atoi(string(m[1]))
}

// http is a client for one question, from within the host's namespace.
func (h *Host) http() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: h.Dial, DisableKeepAlives: true}}
}
