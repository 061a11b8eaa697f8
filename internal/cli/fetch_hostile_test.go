package cli

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// roundTrip is a server in a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// drip is a body that gives its text, some bytes at a time and with a pause before each, as the Transport's end with their
// request.
type drip struct {
	ctx   context.Context
	text  io.Reader
	bytes int
	pause time.Duration
}

func (d *drip) Read(p []byte) (int, error) {
	select {
	case <-time.After(d.pause):
		return d.text.Read(p[:min(len(p), d.bytes)])
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	}
}

func (d *drip) Close() error { return nil }

// endless is more text than anybody wants.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'd'
	}
	return len(p), nil
}

// Servers that hold back a torrent, drip it, or never end are given up within bounds.
func TestFetchIsBounded(t *testing.T) {
	for _, c := range []struct {
		name  string
		text  io.Reader
		bytes int
		pause time.Duration
		err   error
		took  time.Duration
	}{
		{"at once", strings.NewReader("d4:info0:e"), 100, 0, nil, 0},
		{"slow, but it comes", strings.NewReader("d4:info0:e"), 1, 10 * time.Second, nil, 110 * time.Second},
		{"silent", strings.NewReader("d4:info0:e"), 100, time.Hour, errSilentServer, fetchStall},
		{"a byte now and then", endless{}, 1, 29 * time.Second, errSlowServer, fetchTime},
		{"too large", endless{}, 1 << 20, 0, errTooLarge, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
					return &http.Response{StatusCode: 200, Request: r, Body: &drip{r.Context(), c.text, c.bytes, c.pause}}, nil
				})}
				began := time.Now()
				f := fetcher{client: func() (*http.Client, error) { return client, nil }}
				b, err := f.fetch(t.Context(), "http://192.0.2.1/a.torrent")
				if !errors.Is(err, c.err) || err == nil && string(b) != "d4:info0:e" {
					t.Errorf("%q, %v", b, err)
				}
				if took := time.Since(began); took != c.took {
					t.Errorf("it took %v", took)
				}
				if (c.err == errSilentServer || c.err == errSlowServer) && exitCode(err) != exitNetwork {
					t.Errorf("exit code %d", exitCode(err))
				}
			})
		})
	}
}
