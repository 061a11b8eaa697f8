package cli

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"syscall"

	"github.com/shoal-project/shoal/internal/disk"
	"github.com/shoal-project/shoal/internal/ledger"
	"github.com/shoal-project/shoal/internal/manifest"
	"github.com/shoal-project/shoal/internal/session"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// The exit codes: aria2's numbers, and our own from 32.
const (
	exitOK          = 0
	exitOther       = 1
	exitTimeout     = 2
	exitNotFound    = 3
	exitNetwork     = 6
	exitInterrupted = 7
	exitDiskFull    = 9
	exitLocked      = 11
	exitInTheWay    = 13
	exitOpen        = 15
	exitCreate      = 16
	exitIO          = 17
	exitMkdir       = 18
	exitBadReply    = 22
	exitNotAllowed  = 24
	exitBadTorrent  = 26
	exitBadMagnet   = 27
	exitUsage       = 28
	exitMismatch    = 32
	exitNoPeers     = 33
)

// Failures that cli itself finds.
var (
	errTimeout  = errors.New("it took too long")
	errMismatch = errors.New("data does not match the torrent")
	// errNotFolder is a file where --output wants a folder.
	errNotFolder = errors.New("this is a file and not a folder")
)

// exitCode is the one place that decides what a failure means to a script.
func exitCode(err error) int {
	var (
		inManifest *manifest.Error
		usage      *usageError
		option     *metainfo.OptionError
		torrent    *metainfo.Error
		magnet     *metainfo.MagnetError
		reply      *statusError
		web        *networkError
		onDisk     *disk.Error
		writing    *createError
		pathFail   *fs.PathError
	)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &inManifest):
		return manifestCode(inManifest)
	case errors.As(err, &usage), errors.As(err, &option):
		return exitUsage
	case quiet(err), errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, errTimeout):
		return exitTimeout
	case errors.Is(err, session.ErrNoMetadata):
		return exitNoPeers
	case errors.As(err, &torrent), errors.Is(err, errTooLarge):
		return exitBadTorrent
	case errors.As(err, &magnet):
		return exitBadMagnet
	case errors.Is(err, errMismatch):
		return exitMismatch
	case errors.As(err, &reply):
		return replyCode(reply.code)
	case errors.As(err, &web):
		return exitNetwork
	case errors.Is(err, syscall.ENOSPC):
		return exitDiskFull
	case errors.As(err, &onDisk):
		return diskCode(onDisk.Kind)
	case errors.Is(err, fs.ErrExist), errors.Is(err, errNotFolder):
		return exitInTheWay
	case errors.Is(err, metainfo.ErrChanged):
		return exitIO
	case errors.As(err, &writing):
		return exitCreate
	case errors.Is(err, ledger.ErrBusy):
		return exitLocked
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, ledger.ErrUnknown):
		return exitNotFound
	case errors.As(err, &pathFail):
		return exitOpen
	}
	return exitOther
}

// manifestCode is the exit code of a manifest that cannot be used.
func manifestCode(err *manifest.Error) int {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return exitNotFound
	case errors.Is(err, fs.ErrPermission):
		return exitOpen
	}
	return exitUsage
}

// replyCode is the exit code of an HTTP status.
func replyCode(status int) int {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return exitNotAllowed
	case http.StatusNotFound, http.StatusGone:
		return exitNotFound
	}
	return exitBadReply
}

// diskCode is the exit code of a fault of the storage.
func diskCode(kind disk.Kind) int {
	switch kind {
	case disk.InTheWay:
		return exitInTheWay
	case disk.Full:
		return exitDiskFull
	case disk.Open:
		return exitOpen
	case disk.Create:
		return exitCreate
	case disk.Mkdir:
		return exitMkdir
	case disk.Locked:
		return exitLocked
	case disk.Changed:
		return exitMismatch
	}
	return exitIO
}

// createError is a file of ours that could not be written.
type createError struct{ err error }

func (e *createError) Error() string { return e.err.Error() }
func (e *createError) Unwrap() error { return e.err }
