package dht

import (
	"context"
	"log/slog"

	"github.com/anacrolix/log"
)

// libraryLogger leads what the library logs to l, at debug level. A logger without a handler is the
// library's way to silence it.
func libraryLogger(l *slog.Logger) log.Logger {
	var out log.Logger
	out.SetHandlers()
	if l.Enabled(context.Background(), slog.LevelDebug) {
		out.SetHandlers(debugHandler{l})
	}
	return out
}

type debugHandler struct{ log *slog.Logger }

func (h debugHandler) Handle(r log.Record) {
	h.log.Debug("dht: library", "message", r.Msg.Text())
}
