package cli

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/config"
	"github.com/shoal-project/shoal/internal/seedrule"
	"github.com/shoal-project/shoal/internal/session"
)

// seedPolicy says until when a torrent is served. Of several limits the one that is reached first
// counts.
type seedPolicy struct {
	ratio float64
	time  config.Duration
	until ruleFlag
}

func (o *seedPolicy) addFlags(fs *pflag.FlagSet) {
	fs.Float64Var(&o.ratio, "seed-ratio", 0, "seed until `R` times the size was sent, over all runs")
	fs.Var(&o.time, "seed-time", "seed for this `TIME`, with that of earlier runs that were stopped")
	fs.Var(&o.until, "seed-until", "seed until `RULE` holds, as 'ratio>=2 && seeders>=3'")
}

// seedRuleHelp is what the help of a verb with these flags says of --seed-until.
const seedRuleHelp = "The RULE of --seed-until compares ratio, time, seeders, leechers, peers, uploaded and idle with numbers,\n" +
	"times (2h) and sizes (10GiB), by < <= > >= == !=, joined by && || ! and parentheses, or by and, or, not.\n" +
	"What nobody has told, as the number of seeders may be, decides nothing."

// maxRatio is beyond what anybody can mean.
const maxRatio = 1e9

func (o *seedPolicy) check() error {
	if !(o.ratio >= 0) || o.ratio > maxRatio {
		return usagef("--seed-ratio %v: want a number, not negative", o.ratio)
	}
	return nil
}

// limited says whether the serving is to end by itself.
func (o *seedPolicy) limited() bool { return o.ratio > 0 || o.time > 0 || o.until.rule != nil }

// reached says whether a torrent was served enough.
func (o *seedPolicy) reached(v seedrule.Values) bool {
	return o.ratio > 0 && v.Ratio >= o.ratio || o.time > 0 && v.Time >= time.Duration(o.time) ||
		o.until.rule != nil && o.until.rule.Holds(v)
}

// policyInterval is how often it is asked whether that is so.
const policyInterval = time.Second

// serve waits until the torrent was served enough, its work has ended, or ctx is done. before is for
// how long earlier runs have served it.
func (o *seedPolicy) serve(ctx context.Context, t *transfer, torrent *session.Torrent, before time.Duration) {
	s := serving{before: before, began: time.Now()}
	s.sent = s.began
	var over, ticks <-chan time.Time
	if o.time > 0 {
		timer := time.NewTimer(time.Duration(o.time) - before)
		defer timer.Stop()
		over = timer.C
	}
	if o.ratio > 0 || o.until.rule != nil {
		ticker := time.NewTicker(policyInterval)
		defer ticker.Stop()
		ticks = ticker.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-torrent.Done():
			return
		case <-over:
			return
		case now := <-ticks:
			if st, ok := t.stats(); ok && o.reached(s.values(now, st)) {
				return
			}
		}
	}
}

// serving is one run of serving a torrent.
type serving struct {
	before   time.Duration // of earlier runs
	began    time.Time
	uploaded int64     // when looked at last
	sent     time.Time // when something was sent last
}

// values are what rules are held against.
func (s *serving) values(now time.Time, st session.Stats) seedrule.Values {
	if st.Uploaded != s.uploaded {
		s.uploaded, s.sent = st.Uploaded, now
	}
	return seedrule.Values{
		Ratio: ratio(st), Uploaded: st.AllUploaded, Time: s.before + now.Sub(s.began), Idle: now.Sub(s.sent),
		Peers: st.Peers, Seeders: st.SwarmSeeds, Leechers: st.SwarmLeechers,
	}
}

// ruleFlag is a rule as a flag; "" is none.
type ruleFlag struct{ rule *seedrule.Rule }

func (f *ruleFlag) Set(s string) (err error) {
	f.rule = nil
	if s != "" {
		f.rule, err = seedrule.Parse(s)
	}
	return err
}

func (f *ruleFlag) String() string {
	if f.rule == nil {
		return ""
	}
	return f.rule.String()
}

func (f *ruleFlag) Type() string { return "RULE" }
