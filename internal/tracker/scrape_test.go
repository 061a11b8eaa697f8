package tracker

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shoal-project/shoal/internal/network"
)

// filesOf is a reply over HTTP that has the same counts for all torrents that a request names.
func filesOf(r *http.Request, seeders, leechers, downloaded string) string {
	body := "d5:filesd"
	for _, h := range r.URL.Query()["info_hash"] {
		body += "20:" + h + "d8:completei" + seeders + "e10:downloadedi" + downloaded + "e10:incompletei" + leechers + "ee"
	}
	return body + "ee"
}

func TestScrapeOverSockets(t *testing.T) {
	var requests []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests = append(requests, r.URL.Path+"?"+r.URL.Query().Get("passkey"))
		io.WriteString(w, filesOf(r, "5", "3", "9"))
	}))
	defer s.Close()
	udp := &udpTracker{}
	address := udp.serve(t, "udp4", "127.0.0.1:0")
	n, client := policed(t)
	cfg := Config{HTTP: client, Net: n.Dialer(network.TrackerPolicy(false))}
	many := make([][20]byte, 2*maxScrape+1)
	for i := range many {
		many[i] = [20]byte{byte(i), 1}
	}
	for _, raw := range []string{s.URL + "/announce?passkey=k", "udp://" + address} {
		got, err := Scrape(t.Context(), cfg, raw, many...)
		want := slices.Repeat([]Counts{{Seeders: 5, Leechers: 3, Downloaded: 9}}, len(many))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", raw, got, err)
		}
	}
	if !slices.Equal(requests, []string{"/scrape?k", "/scrape?k", "/scrape?k"}) || len(udp.seen()) != 6 {
		t.Errorf("asked over HTTP %q, over UDP %d times", requests, len(udp.seen()))
	}
	if got, err := Scrape(t.Context(), cfg, s.URL+"/announce"); err != nil || len(got) != 0 {
		t.Errorf("of nothing: %v, %v", got, err)
	}
}

func TestScrapeErrors(t *testing.T) {
	for raw, want := range map[string]error{
		"http://a/x":                ErrNoScrape,
		"http://a/announce/p4ssk3y": ErrNoScrape,
		"http://a/p4ssk3y/announce": errDown,
		"wss://a/p4ssk3y":           nil,
		"\x00p4ssk3y":               nil,
	} {
		r := newRig()
		_, err := Scrape(t.Context(), Config{HTTP: &http.Client{Transport: r}}, raw, [20]byte{})
		if err == nil || want != nil && !errors.Is(err, want) || strings.Contains(err.Error(), "p4ssk3y") {
			t.Errorf("%q: %v", raw, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Scrape(ctx, Config{}, "http://127.0.0.1:1/announce", [20]byte{}); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that ended: %v", err)
	}
}

// Trackers whose answers say how many there are, are not asked again; the others are, now and then.
func TestCountsThatAnnouncesLackAreAskedFor(t *testing.T) {
	const counted = "d8:completei7e10:downloadedi8e10:incompletei3e8:intervali600ee"
	for _, c := range []struct {
		name, path, announce string
		scrape               func(*http.Request) (string, error)
		want                 Counts
		at                   []time.Duration // minutes
	}{
		{"counted", "/announce", counted, down, Counts{7, 3, 8}, nil},
		{"not counted", "/announce", "d8:intervali600ee", func(r *http.Request) (string, error) { return filesOf(r, "1", "2", "3"), nil },
			Counts{1, 2, 3}, []time.Duration{0, 30, 60, 90, 120}},
		{"not counted, asked to be left alone", "/announce", "d8:intervali600ee",
			answer("d5:flagsd20:min_request_intervali3000eee"), unknown, []time.Duration{0, 50, 100}},
		{"not counted, no scrape", "/announce", "d8:intervali600ee", down, unknown, nil},
		{"not counted, no place", "/a", "d8:intervali600ee", nil, unknown, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig()
				r.hosts["a"], r.counts["a"] = answer(c.announce), c.scrape
				a := r.announcer("", func(cfg *Config) { cfg.Tiers = [][]string{{"http://a" + c.path}} })
				end := run(t, a)
				time.Sleep(149 * time.Minute)
				end()
				s := a.Status()[0]
				if s.Counts != c.want || s.Counted.IsZero() != (c.want == unknown) || s.Err != nil {
					t.Errorf("status %+v", s)
				}
				var at []time.Duration
				for _, s := range r.scrapes {
					at = append(at, s.at/time.Minute)
				}
				if c.name == "not counted, no scrape" { // with some chance in it
					if len(at) < 2 || at[1] < 60 || at[1] > 80 {
						t.Errorf("scraped at %d min", at)
					}
				} else if !slices.Equal(at, c.at) {
					t.Errorf("scraped at %d min, want %d min", at, c.at)
				}
				if len(r.of("a")) != 15 {
					t.Errorf("announced %d times", len(r.of("a")))
				}
			})
		})
	}
}

func TestAnnouncerScrape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.counts["a"] = func(q *http.Request) (string, error) { return filesOf(q, "1", "2", "3"), nil }
		r.counts["b"], r.counts["c"] = silent, answer("d14:failure reason7:p4ssk3ye")
		a := r.announcer("a b|c d", nil)
		for _, tiers := range a.tiers {
			for _, e := range tiers.endpoints {
				e.secrets = []string{"p4ssk3y"}
			}
		}
		start := time.Now()
		if err := a.Scrape(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took != attemptTimeout {
			t.Errorf("took %v", took)
		}
		asked := func(want int) {
			t.Helper()
			if len(r.scrapes) != want || len(r.calls) != 0 {
				t.Errorf("scraped %d times, announced %d times, want %d and 0", len(r.scrapes), len(r.calls), want)
			}
		}
		asked(4)
		for _, s := range a.Status() {
			if want := map[bool]Counts{true: {1, 2, 3}, false: unknown}[s.URL == "http://a/announce"]; s.Counts != want || s.Err != nil {
				t.Errorf("status %+v", s)
			}
		}
		if err := a.Scrape(t.Context()); err != nil { // just asked
			t.Error(err)
		}
		asked(4)
		time.Sleep(leastRescrape)
		if err := a.Scrape(t.Context()); err != nil {
			t.Error(err)
		}
		asked(5) // a alone: the others failed
	})
}

func TestAnnouncerScrapeErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.counts["a"], r.counts["b"] = down, answer("d14:failure reason2:noe")
		err := r.announcer("a b", nil).Scrape(t.Context())
		if f, ok := errors.AsType[*Failure](err); !ok || f.Reason != "no" {
			t.Errorf("error %v", err)
		}
		if err := r.announcer("", func(c *Config) { c.Tiers = [][]string{{"http://a/a", "wss://x"}} }).Scrape(t.Context()); !errors.Is(err, ErrNoScrape) {
			t.Errorf("error %v", err)
		}
		// A scrape that is given up counts for nothing.
		r.counts["c"] = silent
		c := r.announcer("c", nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := c.Scrape(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		r.counts["c"] = func(q *http.Request) (string, error) { return filesOf(q, "1", "2", "3"), nil }
		if err := c.Scrape(t.Context()); err != nil || c.Status()[0].Seeders != 1 {
			t.Errorf("%v, status %+v", err, c.Status()[0])
		}
	})
}

func TestScrapeOverBothFamilies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, r6 := newRig(), newRig()
		r.counts["a"] = func(q *http.Request) (string, error) { return filesOf(q, "9", "1", "4"), nil }
		r6.counts["a"] = func(q *http.Request) (string, error) { return filesOf(q, "2", "5", "4"), nil }
		cfg := Config{HTTP: &http.Client{Transport: r}, HTTP6: &http.Client{Transport: r6}}
		got, err := Scrape(t.Context(), cfg, "http://a/announce", hashes("ab")...)
		if want := slices.Repeat([]Counts{{9, 5, 4}}, 2); err != nil || !slices.Equal(got, want) {
			t.Errorf("%v, %v", got, err)
		}
	})
}

// A scrape that runs by itself ends with Run.
func TestRunEndsItsScrapes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.hosts["a"], r.counts["a"] = answer(halfHour), silent
		a := r.announcer("a", nil)
		end := run(t, a)
		time.Sleep(time.Second)
		end()
		a.Stop(t.Context())
		if len(r.scrapes) != 1 {
			t.Errorf("scraped %d times", len(r.scrapes))
		}
	})
}
