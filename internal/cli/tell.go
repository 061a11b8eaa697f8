package cli

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"strings"

	"github.com/spf13/cobra"

	"github.com/shoal-project/shoal/internal/config"
	"github.com/shoal-project/shoal/internal/ui"
)

// An error reaches the user as one line, "shoal: verb object: cause", with a line "hint: ..." below it
// where something can be done. The run of a verb returns the last two parts; the verb is put before
// them here. What has been told already, because there are several sources and each has a line of its
// own, comes back as a toldError and is not told again.

// objectError is a failure and what it is about: a path, a link, a flag.
type objectError struct {
	object string
	err    error
}

func (e *objectError) Error() string { return e.object + ": " + causeText(e.err, e.object) }
func (e *objectError) Unwrap() error { return e.err }

// about says what a failure is about.
func about(object string, err error) error {
	if err == nil {
		return nil
	}
	return &objectError{object, err}
}

// causeText is the text of an error without what the reader has been told: the path, if it is the
// object itself, and what net/http and net say around a cause.
func causeText(err error, object string) string {
	var h *hintedError
	for errors.As(err, &h) {
		err = h.err
	}
	var p *fs.PathError
	if errors.As(err, &p) && (p.Path == object || object == "") {
		return p.Err.Error()
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil && op.Addr != nil {
		return op.Op + " " + op.Addr.String() + ": " + op.Err.Error()
	}
	return err.Error()
}

// hintedError carries what a person can do about an error.
type hintedError struct {
	err  error
	hint string
}

func (e *hintedError) Error() string { return e.err.Error() }
func (e *hintedError) Unwrap() error { return e.err }

// hinted adds a hint to an error; the outermost hint is the one that is shown.
func hinted(err error, hint string) error {
	return &hintedError{err, hint}
}

// hintOf gives the hint of an error, "" where nobody had one.
func hintOf(err error) string {
	var h *hintedError
	if errors.As(err, &h) {
		return h.hint
	}
	return ""
}

// toldError is a failure that the user has been told of.
type toldError struct{ err error }

func (e *toldError) Error() string { return e.err.Error() }
func (e *toldError) Unwrap() error { return e.err }

// told marks an error as told; nil stays nil.
func told(err error) error {
	if err == nil {
		return nil
	}
	return &toldError{err}
}

func isTold(err error) bool {
	var t *toldError
	return errors.As(err, &t)
}

// verbError puts the verb before a failure.
func verbError(verb string, err error) error {
	var o *objectError
	switch {
	case verb == "":
		return err
	case errors.As(err, &o):
		return &objectError{verb + " " + o.object, errors.New(causeText(o.err, o.object))}
	}
	return &objectError{verb, errors.New(causeText(err, ""))}
}

// tellError prints a failure that ended the run.
func tellError(env Env, cmd *cobra.Command, err error) {
	o := ui.Options{Err: env.Err, Getenv: env.getenv, Color: wantedColor(env, cmd)}
	term := ui.NewIO(o)
	defer term.Close()
	term.Error(verbError(verbOf(cmd), err), hintOf(err))
}

// wantedColor is --color, as far as it can be known: a command line that was refused has perhaps not
// been read to its end, and the environment not at all.
func wantedColor(env Env, cmd *cobra.Command) ui.ColorMode {
	var mode ui.ColorMode
	if cmd != nil {
		if f := cmd.Flags().Lookup("color"); f != nil && f.Changed {
			if set, ok := f.Value.(*ui.ColorMode); ok {
				return *set
			}
		}
	}
	values := []string{env.getenv(config.Variable("color"))}
	for i, arg := range env.Args {
		if arg == "--" {
			break
		}
		if value, found := strings.CutPrefix(arg, "--color="); found {
			values = append(values, value)
		} else if arg == "--color" && i+1 < len(env.Args) {
			values = append(values, env.Args[i+1])
		}
	}
	for _, v := range values {
		_ = mode.Set(v) // what is no mode changes nothing
	}
	return mode
}

// causeOf replaces an error that only says that the context is done by the reason for that.
func causeOf(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return context.Cause(ctx)
	}
	return err
}
