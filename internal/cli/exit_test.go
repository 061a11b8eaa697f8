package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"testing"

	"github.com/shoal-project/shoal/internal/disk"
	"github.com/shoal-project/shoal/internal/session"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

func TestExitCode(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("anything"), 1},
		{errTimeout, 2},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.ENOENT}, 3},
		{&statusError{404, "404 Not Found"}, 3},
		{&networkError{errors.New("connection refused")}, 6},
		{ErrInterrupted, 7},
		{context.Canceled, 7},
		{&disk.Error{Kind: disk.Full, Err: syscall.ENOSPC}, 9},
		{errNotFolder, 13},
		{&fs.PathError{Op: "hash", Path: "x", Err: metainfo.ErrChanged}, 17},
		{&createError{&os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}}, 9},
		{&disk.Error{Kind: disk.Locked, Err: disk.ErrLocked}, 11},
		{&disk.Error{Kind: disk.InTheWay, Err: fs.ErrExist}, 13},
		{&createError{&os.PathError{Op: "open", Path: "x", Err: syscall.EEXIST}}, 13},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, 15},
		{&disk.Error{Kind: disk.Open, Err: syscall.EACCES}, 15},
		{&disk.Error{Kind: disk.Create, Err: syscall.EACCES}, 16},
		{&createError{&os.PathError{Op: "open", Path: "x", Err: syscall.ENOENT}}, 16},
		{&disk.Error{Kind: disk.IO, Err: syscall.EIO}, 17},
		{&disk.Error{Kind: disk.Mkdir, Err: syscall.EROFS}, 18},
		{&statusError{502, "502 Bad Gateway"}, 22},
		{&statusError{401, "401 Unauthorized"}, 24},
		{&metainfo.Error{Reason: "no"}, 26},
		{errTooLarge, 26},
		{&metainfo.MagnetError{Reason: "no"}, 27},
		{&metainfo.OptionError{Option: "Name", Reason: "no"}, 28},
		{usagef("no"), 28},
		{errMismatch, 32},
		{&disk.Error{Kind: disk.Changed, Err: disk.ErrShort}, 32},
		{session.ErrNoMetadata, 33},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%v: exit code %d, want %d", c.err, got, c.want)
		}
		wrapped := told(about("object", hinted(fmt.Errorf("doing: %w", c.err), "hint")))
		if c.err != nil && exitCode(wrapped) != c.want {
			t.Errorf("%v, wrapped: exit code %d, want %d", c.err, exitCode(wrapped), c.want)
		}
	}
}

func TestErrorText(t *testing.T) {
	missing := &fs.PathError{Op: "open", Path: "x", Err: syscall.ENOENT}
	for _, c := range []struct {
		verb string
		err  error
		want string
	}{
		{"get", about("x", missing), "get x: no such file or directory"},
		{"get", about("x", fmt.Errorf("load torrent: %w", missing)), "get x: no such file or directory"},
		{"get", about("y", missing), "get y: open x: no such file or directory"},
		{"get", usagef("--jobs 0: at least one is needed"), "get: --jobs 0: at least one is needed"},
		{"", usagef("unknown command"), "unknown command"},
		{"create", about("x", hinted(fs.ErrExist, "--force")), "create x: file already exists"},
		{"get", about("http://x", webError(errors.New("refused"))), "get http://x: refused"},
	} {
		if got := verbError(c.verb, c.err).Error(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	if got := hintOf(about("x", hinted(missing, "look"))); got != "look" {
		t.Errorf("hint %q", got)
	}
}

func TestQuoteArgs(t *testing.T) {
	got := quoteArgs([]string{"get", "-o", "a b", "", "it's", "magnet:?xt=urn:btih:00&dn=x"})
	if want := `get -o 'a b' '' 'it'\''s' 'magnet:?xt=urn:btih:00&dn=x'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
