package cli

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/config"
	"github.com/shoal-project/shoal/internal/ui"
)

// termFlags are the flags that say how a verb talks. Verbs add those groups of them that mean
// something to them.
type termFlags struct {
	quiet    bool
	color    ui.ColorMode
	json     bool
	progress ui.ProgressMode
	interval config.Duration
	verbose  bool
	watch    bool
}

// addFlags adds what every verb has.
func (o *termFlags) addFlags(fs *pflag.FlagSet) {
	fs.BoolVarP(&o.quiet, "quiet", "q", false, "print errors only, beside results that nothing else tells")
	fs.Var(&o.color, "color", "write colours: `auto|always|never`")
}

// addJSON adds --json, for verbs with results.
func (o *termFlags) addJSON(fs *pflag.FlagSet) {
	fs.BoolVar(&o.json, "json", false, "print results as one JSON object a line")
}

// addProgress adds what verbs have that take a while.
func (o *termFlags) addProgress(fs *pflag.FlagSet) {
	o.interval = config.Duration(ui.DefaultSummaryInterval)
	fs.Var(&o.progress, "progress", "show how far it is: `auto|bar|line|none`")
	fs.Var(&o.interval, "summary-interval", "without bars, print a line a transfer every `TIME`")
}

// addWatch adds --watch, for verbs whose transfers can be looked at.
func (o *termFlags) addWatch(fs *pflag.FlagSet) {
	fs.BoolVar(&o.watch, "watch", false, "open the full-screen view at once; while bars are shown w opens it")
}

// addVerbose adds --verbose, for verbs with an engine that has much to say.
func (o *termFlags) addVerbose(fs *pflag.FlagSet) {
	fs.BoolVarP(&o.verbose, "verbose", "v", false, "print a debug log")
}

// open makes the terminal of one run. The caller closes it.
func (o *termFlags) open(env Env) *ui.IO {
	progress := o.progress
	if o.json && progress == ui.ProgressAuto {
		progress = ui.ProgressNone // events tell
	}
	return ui.NewIO(ui.Options{
		In: env.In, Out: env.Out, Err: env.Err, Getenv: env.getenv,
		Color: o.color, Progress: progress, Quiet: o.quiet, SummaryInterval: time.Duration(o.interval),
	})
}

// bars says whether progress is shown as bars on this terminal.
func (o *termFlags) bars(term *ui.IO) bool {
	return o.progress == ui.ProgressBar || o.progress == ui.ProgressAuto && term.ErrTTY && !o.json
}
