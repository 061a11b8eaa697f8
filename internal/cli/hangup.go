package cli

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"

	"github.com/shoal-project/shoal/internal/config"
	"github.com/shoal-project/shoal/internal/ui"
)

// A hangup (SIGHUP) means one of two things. A terminal that goes away wants what runs on it to end. The
// manager of a service, or somebody with kill, wants settings to be read again. It is taken for the
// latter where there is something to be read again: the verb knows how to, there is a configuration file or
// the verb has one of its own, and the terminal, if there was one, is still there.

// hangups takes them in.
type hangups struct {
	terminal bool                   // there was one at the start
	reread   atomic.Pointer[reread] // nil where the verb knows nothing to do
}

// reread is what a verb does when it is to read its settings again.
type reread struct {
	do  func()
	own bool // it has a file of its own to read
}

// watchHangups begins to act on hangups, until ctx is done.
func (e *Env) watchHangups(ctx context.Context, stop context.CancelCauseFunc) {
	h := &hangups{terminal: hasTerminal()}
	e.hangups = h
	env := *e
	go h.watch(ctx, env, func() {
		stop(ErrInterrupted)
		if env.Interrupt != nil {
			env.Interrupt()
		}
	})
}

// watch acts on hangups until ctx is done. stop is called for those that mean the end.
func (h *hangups) watch(ctx context.Context, env Env, stop func()) {
	for {
		select {
		case <-env.Hangup:
			if r := h.reread.Load(); r != nil && (r.own || hasConfig(env)) && !terminalGone(h.terminal) {
				r.do()
				continue
			}
			stop()
		case <-ctx.Done():
			return
		}
	}
}

// hasConfig says whether there is a configuration file.
func hasConfig(env Env) bool {
	path, err := config.ConfigFile(env.LookupEnv)
	if err != nil {
		return false
	}
	_, err = os.Stat(path)
	return err == nil
}

// onHangup reads the limits again at each hangup, and tells set, until the function that is returned is
// called.
func onHangup(env Env, term *ui.IO, set func(down, up int64)) (undo func()) {
	return rereadOnHangup(env, term, set, nil)
}

// rereadOnHangup calls also, a function of a verb that has a file of its own to read, besides.
func rereadOnHangup(env Env, term *ui.IO, set func(down, up int64), also func()) (undo func()) {
	if env.hangups == nil {
		return func() {}
	}
	limits := func() {
		down, up, err := currentLimits(env)
		if err != nil {
			term.Warn("settings not read again: " + err.Error())
			return
		}
		set(down, up)
		term.Info(fmt.Sprintf("limits: down %s, up %s", limitText(down), limitText(up)))
	}
	r := &reread{do: limits}
	if also != nil {
		r = &reread{own: true, do: func() {
			if hasConfig(env) {
				limits()
			}
			also()
		}}
	}
	env.hangups.reread.Store(r)
	return func() { env.hangups.reread.Store(nil) }
}

func limitText(rate int64) string {
	if rate == 0 {
		return "unlimited"
	}
	return ui.Rate(rate)
}

// currentLimits are --down and --up as they would be if the command was started now.
func currentLimits(env Env) (down, up int64, err error) {
	cmd, args, err := newRootCommand(env).Find(env.Args)
	if err != nil {
		return 0, 0, err
	}
	if err := cmd.ParseFlags(args); err != nil {
		return 0, 0, err
	}
	if err := applyConfig(cmd, env); err != nil {
		return 0, 0, err
	}
	rate := func(name string) int64 {
		f := cmd.Flags().Lookup(name)
		if f == nil {
			return 0
		}
		r, _ := f.Value.(*config.Rate)
		return int64(*r)
	}
	return rate("down"), rate("up"), nil
}
