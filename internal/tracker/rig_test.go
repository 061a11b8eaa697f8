package tracker

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// call is one announce as the trackers of a rig saw it.
type call struct {
	host, event string
	at          time.Duration // since the rig was made
	query       url.Values
}

// rig is a set of trackers in memory, by host, behind an http.RoundTripper.
type rig struct {
	start time.Time
	hosts map[string]func(*http.Request) (string, error)
	// counts are the same for scrapes, which are recorded apart.
	counts map[string]func(*http.Request) (string, error)

	mu      sync.Mutex
	calls   []call
	scrapes []call
	found   []netip.AddrPort
}

func newRig() *rig {
	return &rig{
		start: time.Now(), hosts: make(map[string]func(*http.Request) (string, error)),
		counts: make(map[string]func(*http.Request) (string, error)),
	}
}

// answer makes a tracker that always says the same.
func answer(body string) func(*http.Request) (string, error) {
	return func(*http.Request) (string, error) { return body, nil }
}

var errDown = errors.New("connection refused")

func down(*http.Request) (string, error) { return "", errDown }

// silent is a tracker that never answers.
func silent(r *http.Request) (string, error) {
	<-r.Context().Done()
	return "", r.Context().Err()
}

const halfHour = "d8:intervali1800e5:peers6:\x01\x02\x03\x04\x1a\xe1e"

func (r *rig) RoundTrip(req *http.Request) (*http.Response, error) {
	q := req.URL.Query()
	record, hosts := &r.calls, r.hosts
	if req.URL.Path == "/scrape" {
		record, hosts = &r.scrapes, r.counts
	}
	r.mu.Lock()
	*record = append(*record, call{req.URL.Host, q.Get("event"), time.Since(r.start), q})
	r.mu.Unlock()
	host, ok := hosts[req.URL.Host]
	if !ok {
		return nil, errDown
	}
	body, err := host(req)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

// of lists the calls to one host, or to all with "".
func (r *rig) of(host string) []call {
	r.mu.Lock()
	defer r.mu.Unlock()
	var some []call
	for _, c := range r.calls {
		if host == "" || c.host == host {
			some = append(some, c)
		}
	}
	return some
}

// events lists the events that one host saw.
func (r *rig) events(host string) []string {
	var all []string
	for _, c := range r.of(host) {
		all = append(all, c.event)
	}
	return all
}

// urls makes tiers of hosts: "a b|c" are two tiers.
func urls(spec string) [][]string {
	var tiers [][]string
	for tier := range strings.SplitSeq(spec, "|") {
		var hosts []string
		for host := range strings.FieldsSeq(tier) {
			hosts = append(hosts, "http://"+host+"/announce")
		}
		tiers = append(tiers, hosts)
	}
	return tiers
}

// announcer makes one over the rig's trackers.
func (r *rig) announcer(tiers string, change func(*Config)) *Announcer {
	cfg := Config{
		Port: 6881, Tiers: urls(tiers), HTTP: &http.Client{Transport: r},
		Stats: func() Stats { return Stats{Left: 100} },
		Found: func(a []netip.AddrPort) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.found = append(r.found, a...)
		},
	}
	if change != nil {
		change(&cfg)
	}
	return New(cfg)
}

// inOrder undoes the shuffle of New: tests that depend on the order within a tier say it.
func inOrder(a *Announcer) *Announcer {
	for _, t := range a.tiers {
		slices.SortFunc(t.endpoints, func(x, y *endpoint) int { return strings.Compare(x.url.Host, y.url.Host) })
	}
	return a
}

// run runs an announcer until the test calls the function that it gives, which waits for the end.
func run(t *testing.T, a *Announcer) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("the test is over")
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	return sync.OnceFunc(func() {
		cancel(reason)
		if err := <-done; !errors.Is(err, reason) {
			t.Errorf("Run = %v, want the cause", err)
		}
	})
}
