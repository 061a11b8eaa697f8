package cli

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"syscall"

	"github.com/shoal-project/shoal/internal/disk"
	"github.com/shoal-project/shoal/internal/session"
)

// errReaderGone is a reader of -o - that has had enough. It knows that by itself: nothing is said.
var errReaderGone = errors.New("whoever read the data has gone")

// streams says whether one file goes to stdout.
func (o *getOptions) streams() bool { return o.output == "-" && !o.list }

// checkStream finds what does not go together with -o -.
func (o *getOptions) checkStream(sources int) error {
	switch {
	case !o.streams():
	case o.term.json:
		return usagef("--output -: stdout has the data, so there is no room for --json")
	case sources > 1:
		return usagef("--output -: one source can be piped, not %d", sources)
	case o.seed || o.policy.limited():
		return usagef("--output -: nothing is kept that could be seeded")
	}
	return nil
}

// streamFault says what a fault of a stream is to the user.
func streamFault(err error) error {
	var write *fs.PathError
	switch {
	case errors.Is(err, session.ErrNotOneFile):
		return hinted(&usageError{err}, "--select picks one; shoal get --list shows the files and their numbers")
	case errors.Is(err, io.ErrClosedPipe), brokenPipe(err):
		return errReaderGone
	case errors.As(err, &write) && write.Op == "write":
		return &disk.Error{Kind: disk.IO, Verb: "write", Path: "stdout", Err: err}
	}
	return err
}

// catchBrokenPipe makes a write to a pipe without a reader fail, where it would end the process: there
// are goodbyes to say. The function undoes it.
func catchBrokenPipe() (undo func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGPIPE)
	return func() { signal.Stop(c) }
}

// quiet says whether an end needs no words: the user wanted it so.
func quiet(err error) bool {
	return errors.Is(err, ErrInterrupted) || errors.Is(err, errReaderGone) || errors.Is(err, errDropped)
}
