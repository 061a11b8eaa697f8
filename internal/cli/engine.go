package cli

import (
	"context"
	"errors"
	"sync"

	"github.com/shoal-project/shoal/internal/session"
	"github.com/shoal-project/shoal/internal/ui"
)

// engine is the session of one run, made when the first torrent needs it.
type engine struct {
	config session.Config
	block  *blocklist

	mu      sync.Mutex
	session *session.Session
	err     error
}

func newEngine(env Env, flags *networkFlags, term *ui.IO, verbose bool) *engine {
	c := flags.config(env)
	c.Log = term.Logger(verbose)
	return &engine{config: c, block: newBlocklist(env, flags, term)}
}

// prepare reads what the session needs and may take a while.
func (e *engine) prepare(ctx context.Context) (err error) {
	e.config.Blocklist, err = e.block.read(ctx)
	return err
}

// open returns the session.
func (e *engine) open() (*session.Session, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.session == nil && e.err == nil {
		e.session, e.err = session.New(e.config)
		if e.err != nil {
			e.err = hinted(&networkError{e.err}, "--port 0 takes any free port, --bind chooses an address or interface")
		}
	}
	return e.session, e.err
}

// setLimits changes what is received and sent at most, in bytes a second; 0 is unlimited.
func (e *engine) setLimits(down, up int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.config.Down, e.config.Up = down, up
	if e.session != nil {
		e.session.SetLimits(down, up)
	}
}

// close ends the session with goodbyes and final checkpoints, within the time that the user is
// promised.
func (e *engine) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.session == nil {
		return
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), graceful, errors.New("it took too long to say goodbye"))
	defer cancel()
	if err := e.session.Close(ctx); err != nil {
		e.config.Log.Debug("session not closed in time", "reason", err)
	}
}
