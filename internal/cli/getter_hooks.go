package cli

import (
	"context"
	"fmt"

	"github.com/shoal-project/shoal/internal/session"
)

// callHook runs the program that is to hear how a download ended. One that was interrupted has not
// ended: it goes on another time.
func (g *getter) callHook(ctx context.Context, t *transfer, torrent *session.Torrent, err error) {
	c := hookCall{flag: "on-complete", program: t.order.o.hooks.complete, number: t.number, code: exitCode(err)}
	switch {
	case quiet(err):
		return
	case err != nil:
		c.flag, c.program = "on-error", t.order.o.hooks.failed
	case torrent == nil: // the same as another source
		return
	}
	if c.program == "" {
		return
	}
	id := t.ident()
	dir, _ := t.placed()
	c.labels = t.order.labels
	c.name, c.hash, c.dir = id.Name, id.InfoHash, absolute(t.order.env.path(dir))
	if st, ok := t.stats(); ok && st.Info != nil {
		c.files, c.first = t.files(st.Info)
		if c.first = absolute(t.order.env.path(c.first)); t.order.o.streams() {
			c.first = "-"
		}
	}
	if err := c.run(ctx, t.order.env, g.term); err != nil {
		g.report.warn(t, fmt.Sprintf("--%s %s: %v", c.flag, c.program, err))
	}
}
