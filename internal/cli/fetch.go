package cli

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
)

// errTooLarge is a torrent beyond --max-torrent.
var errTooLarge = errors.New("larger than a torrent may be")

// statusError is an HTTP reply other than 200.
type statusError struct {
	code int
	text string
}

func (e *statusError) Error() string { return "the server answered " + e.text }

// fetcher gets a .torrent from the web. client is asked for when the first address is met: most runs
// need none.
type fetcher struct {
	client func() (*http.Client, error)
	agent  string
	limit  torrentLimit
}

// fetch reads the torrent behind address.
func (f fetcher) fetch(ctx context.Context, address string) ([]byte, error) {
	body, err := f.open(ctx, address)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	b, err := io.ReadAll(io.LimitReader(body, f.limit.bytes()+1))
	if err != nil {
		return nil, &networkError{err}
	}
	if int64(len(b)) > f.limit.bytes() {
		return nil, f.limit.tooLarge()
	}
	return b, nil
}

// open begins to read what is behind address, if the reply is 200. The body is the caller's to bound.
func (f fetcher) open(ctx context.Context, address string) (io.ReadCloser, error) {
	client, err := f.client()
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, usagef("malformed URL")
	}
	req.Header.Set("User-Agent", f.agent)
	resp, err := client.Do(req)
	if err != nil {
		return nil, webError(err)
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, &statusError{resp.StatusCode, resp.Status}
	}
	return resp.Body, nil
}

// networkError is a failure on the way to a server.
type networkError struct{ err error }

func (e *networkError) Error() string { return e.err.Error() }
func (e *networkError) Unwrap() error { return e.err }

// webError takes off what net/http says around a cause: the address is in the message already.
func webError(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return &networkError{err}
}
