package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// fetchStall is how long a server of a .torrent may send nothing, and fetchTime how long all of it may take.
	fetchStall = 30 * time.Second
	fetchTime  = 5 * time.Minute
)

var (
	errSilentServer = fmt.Errorf("the server sends nothing for %v", fetchStall)
	errSlowServer   = fmt.Errorf("the server takes more than %v", fetchTime)
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

// fetch reads the torrent behind address. A server that goes silent, or never comes to an end, fails it.
func (f fetcher) fetch(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	whole := time.AfterFunc(fetchTime, func() { cancel(errSlowServer) })
	defer whole.Stop()
	body, err := f.open(ctx, address)
	if err != nil {
		return nil, gaveUp(ctx, err)
	}
	defer body.Close()
	stall := time.AfterFunc(fetchStall, func() { cancel(errSilentServer) })
	defer stall.Stop()
	b, err := io.ReadAll(io.LimitReader(&progressReader{body, stall}, f.limit.bytes()+1))
	if err != nil {
		return nil, gaveUp(ctx, &networkError{err})
	}
	if int64(len(b)) > f.limit.bytes() {
		return nil, f.limit.tooLarge()
	}
	return b, nil
}

// gaveUp is the error of a fetch: its own patience, where that is what ended it.
func gaveUp(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, errSilentServer) || errors.Is(cause, errSlowServer) {
		return &networkError{cause}
	}
	return err
}

// progressReader puts off the stall for as long as something comes.
type progressReader struct {
	io.Reader
	stall *time.Timer
}

func (r *progressReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.stall.Reset(fetchStall)
	}
	return n, err
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
		return nil, &statusError{resp.StatusCode, replyText(resp.StatusCode)}
	}
	return resp.Body, nil
}

// replyText is a status in our own words: those of the server may repeat the address with its secrets.
func replyText(code int) string {
	return strings.TrimSpace(fmt.Sprint(code, " ", http.StatusText(code)))
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
