package cli

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/disk"
	"github.com/shoal-project/shoal/internal/ledger"
	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

type resumeOptions struct {
	getOptions
	all     bool
	seeding bool
}

func (o *resumeOptions) addFlags(fs *pflag.FlagSet) {
	addGroup(fs, "Which", func(fs *pflag.FlagSet) {
		fs.BoolVar(&o.all, "all", false, "go on with every transfer that is unfinished or has failed")
		fs.BoolVar(&o.seeding, "seeding", false, "with those that were being seeded, too")
	})
	o.addRunFlags(fs)
	addGroup(fs, "Output", o.term.addWatch)
	o.output = "."
}

func newResumeCommand(env Env) *cobra.Command {
	o := &resumeOptions{}
	cmd := &cobra.Command{
		Use:   "resume ID...|--all",
		Short: "Go on with downloads that were begun before",
		Long: "Go on with downloads, in the way in which each was begun: with its place, its files, its peers, its proxy\n" +
			"and its limits. ID is the beginning of an infohash, as shoal list shows it. A flag that is typed here\n" +
			"holds for all of them; the environment and the configuration file hold for what a download was not told\n" +
			"when it began. One that is complete is checked, and seeded if it was to be.\n\n" +
			"Each has a result line, and the exit code is that of the first failure.",
		Example: "  shoal resume 5f0c8e0b\n" +
			"  shoal resume --all --jobs 3\n" +
			"  shoal resume --all --seeding   # after the machine was started",
		ValidArgsFunction: completeTransfers(env, func(r ledger.Record) bool { return !r.State.Done() }),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runResume(cmd.Context(), env, o, cmd.Flags(), args)
		},
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error { return idsOr(cmd, args, o.all || o.seeding, "all") }
	o.addFlags(cmd.Flags())
	return cmd
}

func runResume(ctx context.Context, env Env, o *resumeOptions, fs *pflag.FlagSet, ids []string) error {
	if err := o.finish(env); err != nil {
		return err
	}
	l, stateDir, err := openLedger(env)
	if err != nil {
		return err
	}
	term := o.term.open(env)
	defer term.Close()
	chosen, first := o.choose(l, knownTransfers(l, term), term, ids)
	var orders []order
	for _, r := range chosen {
		d, err := recordedOrder(env, stateDir, r, fs)
		if err != nil {
			d.err = err
		}
		orders = append(orders, d)
	}
	o.timeout = 0 // it is one of each transfer now
	if len(orders) == 0 {
		if first == nil {
			term.Info("nothing to go on with")
		}
		return told(first)
	}
	err = newGetter(env, "resume", &o.getOptions, term, orders).run(ctx)
	if first != nil {
		return told(first)
	}
	return err
}

// choose finds the records that the command line means. Of those that it does not find it tells, and returns the
// first such failure.
func (o *resumeOptions) choose(l *ledger.Ledger, records []ledger.Record, term *ui.IO, ids []string) (chosen []ledger.Record, first error) {
	for _, id := range ids {
		r, err := findTransfer(records, id)
		if err != nil {
			term.Error(verbError("resume", err), hintOf(err))
			first = firstOf(first, err)
			continue
		}
		if !slices.ContainsFunc(chosen, func(c ledger.Record) bool { return c.ID == r.ID }) {
			chosen = append(chosen, r)
		}
	}
	for _, r := range records {
		if (o.all && !r.State.Done() || o.seeding && r.State == ledger.Seeding) && !l.Busy(r) {
			chosen = append(chosen, r)
		}
	}
	return chosen, first
}

// recordedOrder makes the order again that a record came from, with the flags of the command on top.
func recordedOrder(env Env, stateDir string, r ledger.Record, fs *pflag.FlagSet) (order, error) {
	env.Dir = r.Dir
	d := order{o: &getOptions{}, env: env, labels: r.Labels, verb: r.Verb, flags: flagValues{}, source: recordedSource(stateDir, r)}
	own := pflag.NewFlagSet(r.ID, pflag.ContinueOnError)
	d.o.addFlags(own)
	values := flagValues(r.Flags).over(fs)
	if err := values.set(own); err != nil {
		return d, err
	}
	if err := d.o.finish(env); err != nil {
		return d, err
	}
	for name, v := range values {
		if !slices.Contains(oncely, name) {
			d.flags[name] = v
		}
	}
	d.selection, d.policy, d.seed = d.o.selection, d.o.policy, d.o.seed
	d.limit = time.Duration(d.o.timeout)
	d.network = networkKey(values)
	d.o.output, d.alone = r.Output, r.Alone
	if !r.Alone {
		d.dir, d.name = r.Output, r.As
	}
	return d, nil
}

// recordedSource is what a record came from. Metadata that was kept is as good as the file or the page that it came
// from, and those may be gone.
func recordedSource(stateDir string, r ledger.Record) source {
	s := source{text: r.Source}
	if isMagnet(r.Source) || r.Target == "" {
		return s
	}
	if hash, err := metainfo.ParseHash(r.InfoHash); err == nil {
		if m := disk.FindTorrent(stateDir, hash, r.Target); m != nil {
			s.content = m.Bytes()
		}
	}
	if s.text == "" {
		s.text = "-"
	}
	return s
}

// networkKey names the way in which flags use the network: transfers with the same one share a session.
func networkKey(values flagValues) string {
	var flags networkFlags
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.addFlags(fs)
	flags.addPeerFlags(fs)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if fs.Lookup(name) != nil {
			b.WriteString(name + "=" + strings.Join(values[name], "\x00") + "\x01")
		}
	}
	return b.String()
}
