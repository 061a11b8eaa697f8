package tracker

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shoal-project/shoal/internal/network"
)

// policed is an HTTP client as the program uses it, for trackers that a torrent names.
func policed(t *testing.T) (*network.Network, *http.Client) {
	t.Helper()
	n, err := network.New(network.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := n.HTTPClient(network.TrackerPolicy(false))
	t.Cleanup(c.CloseIdleConnections)
	return n, c
}

// once announces one time to a URL and gives the status and the peers.
func once(t *testing.T, rawURL string) (Status, []netip.AddrPort) {
	t.Helper()
	n, client := policed(t)
	var found []netip.AddrPort
	a := New(Config{
		Port: 6881, Tiers: [][]string{{rawURL}}, HTTP: client, Net: n.Dialer(network.TrackerPolicy(false)),
		UserAgent: "shoal/test", Found: func(p []netip.AddrPort) { found = append(found, p...) },
	})
	a.tiers[0].endpoints[0].announce(t.Context())
	return a.Status()[0], found
}

func TestHTTPOverSockets(t *testing.T) {
	var seen *http.Request
	var handler http.HandlerFunc
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r
		handler(w, r)
	}))
	defer s.Close()
	zipped := func(b []byte) []byte {
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		w.Write(b)
		w.Close()
		return z.Bytes()
	}
	bomb := zipped(append([]byte("d5:peers99999999:"), make([]byte, 8<<20)...))
	gzipped := func(b []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(b)
		}
	}
	text := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	for _, c := range []struct {
		name, path string
		handler    http.HandlerFunc
		peers      int
		err        error
		text       string // in the error
	}{
		{"plain", "/announce", text(200, halfHour), 1, nil, ""},
		{"gzip", "/announce", gzipped(zipped([]byte(halfHour))), 1, nil, ""},
		{"bomb", "/announce", gzipped(bomb), 0, errTooLong, ""},
		{"long", "/announce", text(200, "d1:x2000000:"+strings.Repeat("x", 2_000_000)+"e"), 0, errTooLong, ""},
		{"not found", "/announce", text(404, "<html>"), 0, nil, "HTTP status 404 Not Found"},
		{"refusal with a status", "/announce", text(403, "d14:failure reason6:bannede"), 0, nil, "tracker refused: banned"},
		{"peers with a status", "/announce", text(500, halfHour), 0, nil, "HTTP status 500 Internal Server Error"},
		{"strange status", "/announce", text(799, ""), 0, nil, "HTTP status 799"},
		{"empty", "/announce", text(200, ""), 0, errBencode, ""},
		{"redirected", "/announce", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Has("again") {
				io.WriteString(w, halfHour)
				return
			}
			http.Redirect(w, r, "/announce?again=1&info_hash=x", http.StatusFound)
		}, 1, nil, ""},
		{"redirected elsewhere", "/announce", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/admin", http.StatusFound)
		}, 0, network.ErrRefused, ""},
		{"forbidden path", "/admin", text(200, halfHour), 0, network.ErrRefused, ""},
		{"cut short", "/announce", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "d8:interval")
		}, 0, io.ErrUnexpectedEOF, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			handler, seen = c.handler, nil
			status, found := once(t, s.URL+c.path)
			if len(found) != c.peers {
				t.Errorf("found %v", found)
			}
			switch {
			case c.err != nil:
				if !errors.Is(status.Err, c.err) {
					t.Errorf("error %v, want %v", status.Err, c.err)
				}
			case c.text != "":
				if status.Err == nil || !strings.Contains(status.Err.Error(), c.text) {
					t.Errorf("error %v, want %s", status.Err, c.text)
				}
			case status.Err != nil:
				t.Error(status.Err)
			}
			if seen != nil && (seen.UserAgent() != "shoal/test" || seen.Method != http.MethodGet) {
				t.Errorf("request %+v", seen)
			}
		})
	}
}

func TestHTTPRetryAfter(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"": 0, "120": 2 * time.Minute, "-5": 0, "x": 0, "999999999": maxInterval, "Wed, 21 Oct 2026 07:28:00 GMT": 0,
	} {
		err := refusedByStatus(&http.Response{StatusCode: 503, Header: http.Header{"Retry-After": {header}}})
		if f, ok := errors.AsType[*Failure](err); !ok || f.retry != want {
			t.Errorf("Retry-After %q: %v, want %v", header, f.retry, want)
		}
	}
}

func TestHTTPQueryKeepsWhatTheURLAsks(t *testing.T) {
	r := request{port: 1, event: eventStarted, stats: Stats{Left: -1}, trackerID: "a b+c&d"}
	got := r.query("passkey=x%20y&z")
	if !strings.HasPrefix(got, "passkey=x%20y&z&info_hash=%00%00") {
		t.Errorf("query %q", got)
	}
	q, err := url.ParseQuery(got)
	if err != nil || q.Get("trackerid") != "a b+c&d" || q.Get("left") != "0" || q.Get("event") != "started" {
		t.Errorf("query %v, %v", q, err)
	}
	if strings.ContainsAny(got, "+ ") {
		t.Errorf("query %q has a plus or a space", got)
	}
	if strings.Contains(request{}.query(""), "event") || strings.HasPrefix(request{}.query(""), "&") {
		t.Errorf("query %q", request{}.query(""))
	}
}

// Errors of the HTTP client have the URL in them, passkey and all.
func TestErrorsDoNotTellThePasskey(t *testing.T) {
	for _, target := range []string{"http://127.0.0.1:1/p4ssk3y/announce?auth=p4ssk3y", "http://127.0.0.1:1/announce?auth=p4ssk3y",
		"udp://127.0.0.1:1/p4ssk3y/announce", "http://someone:p4ssk3y@127.0.0.1:1/announce"} {
		status, _ := once(t, target)
		if status.Err == nil || strings.Contains(status.Err.Error(), "p4ssk3y") || strings.Contains(status.URL, "p4ssk3y") {
			t.Errorf("%s: %v", status.URL, status.Err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.hosts["a"] = func(q *http.Request) (string, error) {
			return "", &url.Error{Op: "Get", URL: "inner p4ssk3y", Err: errors.Join(errDown, errors.New("at p4ssk3y "+strings.Repeat("x", 1000)))}
		}
		a := r.announcer("", func(c *Config) { c.Tiers = [][]string{{"http://a/announce?auth=p4ssk3y"}} })
		a.tiers[0].endpoints[0].announce(context.Background())
		err := a.Status()[0].Err
		if !errors.Is(err, errDown) || strings.Contains(err.Error(), "p4ssk3y") || len(err.Error()) > maxText {
			t.Errorf("error %v", err)
		}
	})
}
