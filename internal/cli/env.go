package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/shoal-project/shoal/internal/config"
)

// ErrInterrupted is the cause that the process's main function cancels the context with when a signal
// asks it to stop: work is saved and goodbyes are said, unlike for any other cancellation.
var ErrInterrupted = errors.New("interrupted")

// Env is everything that a run of the program takes from outside. The zero value of each field but
// Args is usable: no input, output thrown away, an empty environment, the process's own folder.
type Env struct {
	Args      []string // without the program's name
	Dir       string   // relative paths are meant from here; "" is the process's working folder
	In        io.Reader
	Out       io.Writer
	Err       io.Writer
	LookupEnv config.Getenv

	Hangup    <-chan os.Signal // SIGHUP; what it means is decided here
	Interrupt func()           // is called for one that means the end; nil: the run ends as if ctx were cancelled

	hangups *hangups
}

// filled gives every stream and function of the environment a value that works.
func (e Env) filled() Env {
	if e.In == nil {
		e.In = eofReader{}
	}
	if e.Out == nil {
		e.Out = io.Discard
	}
	if e.Err == nil {
		e.Err = io.Discard
	}
	if e.LookupEnv == nil {
		e.LookupEnv = func(string) (string, bool) { return "", false }
	}
	return e
}

// getenv is LookupEnv for those who do not care whether an empty variable is set.
func (e Env) getenv(name string) string {
	v, _ := e.LookupEnv(name)
	return v
}

// path resolves a path that the user typed. It keeps a trailing separator, which says "a folder".
func (e Env) path(p string) string {
	if e.Dir == "" || filepath.IsAbs(p) {
		return p
	}
	joined := filepath.Join(e.Dir, p)
	if endsInSeparator(p) {
		joined += string(filepath.Separator)
	}
	return joined
}

// endsInSeparator says whether a path was typed with a slash at its end.
func endsInSeparator(p string) bool {
	return p != "" && (p[len(p)-1] == '/' || p[len(p)-1] == filepath.Separator)
}

// eofReader is an input with nothing in it.
type eofReader struct{}

func (eofReader) Read([]byte) (int, error) { return 0, io.EOF }

// graceful is how long saving and saying goodbye may take once the user wants out; the promise is
// three seconds for the whole process.
const graceful = 2500 * time.Millisecond

// interrupted says whether the run was asked to stop by a signal.
func interrupted(ctx context.Context) bool {
	return errors.Is(context.Cause(ctx), ErrInterrupted)
}
