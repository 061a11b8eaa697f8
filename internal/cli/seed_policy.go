package cli

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/config"
	"github.com/shoal-project/shoal/internal/session"
)

// seedPolicy says until when a torrent is served.
type seedPolicy struct {
	ratio float64
	time  config.Duration
}

func (o *seedPolicy) addFlags(fs *pflag.FlagSet) {
	fs.Float64Var(&o.ratio, "seed-ratio", 0, "seed until `R` times the size was sent, over all runs")
	fs.Var(&o.time, "seed-time", "seed for this `TIME`")
}

func (o *seedPolicy) check() error {
	if !(o.ratio >= 0) {
		return usagef("--seed-ratio %v: it cannot be negative", o.ratio)
	}
	return nil
}

// limited says whether the serving is to end by itself.
func (o *seedPolicy) limited() bool { return o.ratio > 0 || o.time > 0 }

// serve waits until the torrent was served enough, its work has ended, or ctx is done. Of two limits
// the one that is reached first counts.
func (o *seedPolicy) serve(ctx context.Context, t *session.Torrent) {
	var over <-chan time.Time
	if o.time > 0 {
		timer := time.NewTimer(time.Duration(o.time))
		defer timer.Stop()
		over = timer.C
	}
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.Done():
			return
		case <-over:
			return
		case <-ticker.C:
			if o.ratio > 0 && ratio(t.Stats()) >= o.ratio {
				return
			}
		}
	}
}
