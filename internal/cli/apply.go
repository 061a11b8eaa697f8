package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/config"
	"github.com/shoal-project/shoal/internal/session"
	"github.com/shoal-project/shoal/internal/ui"
)

type applyOptions struct {
	getOptions
	dryRun bool
	watch  bool
	noSeed bool
	every  config.Duration
}

func (o *applyOptions) addFlags(fs *pflag.FlagSet) {
	o.every = config.Duration(defaultEvery)
	addGroup(fs, "What to do", func(fs *pflag.FlagSet) {
		fs.BoolVar(&o.dryRun, "dry-run", false, "print what would be done and do nothing, not on the network either")
		fs.BoolVar(&o.watch, "watch", false, "go on: follow the manifest when it changes, try again what failed")
		fs.Var(&o.every, "every", "with --watch, look again every `TIME` at what is complete and not seeded; 0 is never")
		fs.BoolVar(&o.noSeed, "no-seed", false, "seed nothing, whatever the manifest says")
		config.TypeOnly(fs.Lookup("dry-run"))
		config.TypeOnly(fs.Lookup("watch")) // to get it means something else
	})
	o.addRunFlags(fs)
	o.output = "."
}

func newApplyCommand(env Env) *cobra.Command {
	o := &applyOptions{}
	cmd := &cobra.Command{
		Use:   "apply MANIFEST",
		Short: "Bring a machine to the state that a manifest describes",
		Long: "Fetch and seed what a manifest names, and print what changed: fetched, unchanged, seeding or failed, a tab,\n" +
			"and the path. The same manifest again does only what is missing. A manifest is a file in TOML, or in YAML\n" +
			"if its name ends in .yaml or .yml:\n\n" +
			"  [defaults]\n" +
			"  dir = \"/srv/mirror\"\n" +
			"  seed = { ratio = 2, time = \"24h\" }\n\n" +
			"  [[torrent]]\n" +
			"  source = \"https://example.org/release.torrent\"\n" +
			"  select = [\"*.iso\"]\n" +
			"  labels = [\"release\"]\n\n" +
			"A torrent has a source, as get takes it, dir, the folder that it goes into (from the folder of the\n" +
			"manifest), name, another name than its own, labels, and options, which are flags of get:\n" + manifestOptionNames() + ".\n" +
			"seed = true seeds without an end. What is said in defaults holds for every torrent that says nothing of it,\n" +
			"and what is said by flags for those that neither says anything of. Unknown keys are errors.\n\n" +
			"With --watch it goes on until it is interrupted: the manifest is read again when it changes, and on\n" +
			"SIGHUP; what is in it no more is let go of, and its files stay; what failed is tried again, after a minute\n" +
			"at first and an hour at most.\n\n" +
			"The exit code is that of the first failure in the order of the manifest.",
		Example: "  shoal apply --dry-run fleet.toml\n" +
			"  shoal apply --no-seed fleet.yaml        # from cron\n" +
			"  shoal apply --watch /etc/shoal/fleet.toml   # as a service",
		Args: exactlyOne,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return []cobra.Completion{"toml", "yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return runApply(cmd.Context(), env, o, cmd.Flags(), args[0])
		},
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func runApply(ctx context.Context, env Env, o *applyOptions, fs *pflag.FlagSet, path string) error {
	if err := o.finish(env); err != nil {
		return err
	}
	r := &manifestReader{env: env, path: path, flags: manifestDefaults(fs), network: networkValues(env, fs), noSeed: o.noSeed, run: &o.getOptions}
	orders, err := r.read()
	if err != nil {
		return err
	}
	o.timeout = 0 // it is one of each torrent now
	term := o.term.open(env)
	defer term.Close()
	if o.dryRun {
		return printPlan(env, term, o.term.json, orders)
	}
	if o.watch {
		return newWatcher(env, o, term, r, orders).run(ctx)
	}
	g := newGetter(env, "apply", &o.getOptions, term, orders)
	g.tell = changeTeller(term)
	return g.run(ctx)
}

// The changes that apply tells of.
const (
	changeFetched   = "fetched"
	changeUnchanged = "unchanged"
	changeSeeding   = "seeding"
	changeFailed    = "failed"
)

// changeOf says whether a complete transfer had anything to do.
func changeOf(t *transfer, st session.Stats) string {
	if st.Downloaded > 0 {
		return changeFetched
	}
	if t.entry != nil { // one that was stopped short of its end has come to it now
		if before := t.entry.Before(); before.ID != "" && !before.State.Done() {
			return changeFetched
		}
	}
	return changeUnchanged
}

// appliedEvent is a change that apply tells of.
type appliedEvent struct {
	ui.Ident
	Change string   `json:"change"`
	Path   string   `json:"path,omitempty"`
	Source string   `json:"source"`
	Labels []string `json:"labels,omitempty"`
}

// changeTeller tells of changes on stdout. What failed has a message of its own beside.
func changeTeller(term *ui.IO) func(r *report, t *transfer, change, path string) {
	return func(r *report, t *transfer, change, path string) {
		if change == changeFailed {
			path = ""
		}
		if r.events != nil {
			r.emit("applied", appliedEvent{t.ident(), change, path, publicSource(t.source.text), t.order.labels})
			return
		}
		if path == "" {
			path = t.source.label()
		}
		if !term.Quiet {
			_, _ = fmt.Fprintf(term.Out, "%s\t%s\n", change, ui.Escape(filepath.Clean(path)))
		}
	}
}
