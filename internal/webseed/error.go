package webseed

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/shoal-project/shoal/internal/network"
)

// Fault says what a failed request means for the next one.
type Fault int

const (
	// Unavailable is what may pass: no connection, silence, a body that ended early, a server that is busy.
	Unavailable Fault = iota + 1
	// FileUnusable says that the server does not have Error.File, or has another one under its name.
	FileUnusable
	// ServerUnusable says that the server may not be asked or never gives a usable answer.
	ServerUnusable
	// NoRanges says that the server sends whole files only, and that too much would have to be thrown away
	// to get at what was asked for. From then on it takes requests that go through files in order.
	NoRanges
)

// Error is why a server did not give what it was asked for. Its text holds no part of the URL but the host, and is
// bounded; what comes from the server in it is untrusted.
type Error struct {
	Fault Fault
	File  int           // index into Info.Files, of FileUnusable and NoRanges
	Retry time.Duration // what the server asks to wait (Retry-After), 0 if nothing
	text  string
	cause error
}

func (e *Error) Error() string { return e.text }

// Unwrap gives the cause for errors.Is. Unlike the text it may hold parts of URLs.
func (e *Error) Unwrap() error { return e.cause }

// maxText bounds the text of an error, in bytes.
const maxText = 200

func fault(f Fault, format string, args ...any) *Error {
	return &Error{Fault: f, text: bounded(fmt.Sprintf(format, args...))}
}

func bounded(s string) string {
	if len(s) > maxText {
		return strings.ToValidUTF8(s[:maxText], "") + "..."
	}
	return s
}

var errStalled = errors.New("the server sends next to nothing")

// failed makes an Error of what the HTTP client or the reading of a body returned.
func failed(err error) error {
	for {
		u, ok := errors.AsType[*url.Error](err)
		if !ok || u.Err == nil {
			break
		}
		err = u.Err // what stands around it is the URL
	}
	text := err.Error()
	switch {
	case errors.Is(err, errStalled):
		text = errStalled.Error()
	case errors.Is(err, context.DeadlineExceeded):
		text = "it took too long"
	case strings.Contains(text, "Location"), strings.Contains(text, "://"):
		text = "it redirects to what is no address" // the text quotes where it leads
	}
	e := fault(Unavailable, "%s", text)
	if errors.Is(err, network.ErrRefused) {
		e.Fault = ServerUnusable
	}
	e.cause = err
	return e
}

// status is the error of an HTTP status, in words of ours and not the server's.
func status(code int) string {
	return strings.TrimSpace(fmt.Sprintf("HTTP status %d %s", code, http.StatusText(code)))
}
