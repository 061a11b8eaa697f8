package tracker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

const maxURL = 2 << 10 // bytes

// target is where a tracker is and how it is reached: what there is to know of it before it has
// said anything.
type target struct {
	url     *url.URL
	ways    []way
	secrets []string
}

// way is one way to a tracker: a protocol over a family.
type way interface {
	announce(context.Context, request) (*reply, error)
	// scrape asks for the counts of torrents, at most maxScrape (BEP 48, BEP 15).
	scrape(context.Context, [][20]byte) (*census, error)
}

// newTarget reads a tracker's URL.
func newTarget(cfg *Config, raw string) (*target, error) {
	u, err := parseURL(raw)
	if err != nil {
		return nil, fmt.Errorf("read tracker URL: %w", err)
	}
	t := &target{url: u, secrets: secrets(u)}
	if u.Scheme == "udp" {
		for _, f := range []string{"udp4", "udp6"} {
			t.ways = append(t.ways, &udpWay{dialer: cfg.dialer(), family: f, url: u})
		}
		return t, nil
	}
	client := cfg.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	t.ways = append(t.ways, &httpWay{client: client, agent: cfg.UserAgent, url: u})
	if cfg.HTTP6 != nil {
		t.ways = append(t.ways, &httpWay{client: cfg.HTTP6, agent: cfg.UserAgent, url: u})
	}
	return t, nil
}

// dialer is what trackers over UDP are dialled with.
func (c *Config) dialer() Dialer {
	if c.Net == nil {
		return new(net.Dialer)
	}
	return c.Net
}

// parseURL takes http, https and udp. Its errors do not repeat the URL.
func parseURL(raw string) (*url.URL, error) {
	if len(raw) > maxURL {
		return nil, fmt.Errorf("longer than %d bytes", maxURL)
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("not a URL")
	}
	u.Fragment, u.RawFragment = "", ""
	switch u.Scheme {
	case "http", "https":
	case "udp":
		if u.Port() == "" {
			return nil, errors.New("a udp tracker needs a port")
		}
	default:
		return nil, errors.New("only http, https and udp trackers are supported")
	}
	if u.Hostname() == "" {
		return nil, errors.New("no host")
	}
	return u, nil
}

// scrapes reports whether the tracker has a place to ask for counts: over UDP always, over HTTP where
// the last part of its path begins with "announce" (BEP 48).
func (t *target) scrapes() bool { return t.url.Scheme == "udp" || scrapeURL(t.url) != nil }

// scrapeURL is where a tracker over HTTP is asked for counts, nil if nowhere.
func scrapeURL(u *url.URL) *url.URL {
	const announce, scrape = "announce", "scrape"
	path := u.EscapedPath()
	at := strings.LastIndexByte(path, '/') + 1
	if !strings.HasPrefix(path[at:], announce) {
		return nil
	}
	path = path[:at] + scrape + path[at+len(announce):]
	plain, err := url.PathUnescape(path)
	if err != nil {
		return nil
	}
	s := *u
	s.Path, s.RawPath = plain, path
	return &s
}
