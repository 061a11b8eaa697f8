package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"
)

func newGetCommand(env Env) *cobra.Command {
	o := &getOptions{}
	cmd := &cobra.Command{
		Use:   "get SOURCE... [-i FILE]",
		Short: "Download from a swarm",
		Long: "Download what a .torrent file, the http(s) URL of one, a magnet link or an infohash names; - reads a\n" +
			"torrent or a list of sources, one a line, from stdin. The path of what was made goes to stdout. The\n" +
			"same command again goes on where an earlier run was stopped, and does nothing once all is there.\n\n" +
			"With several sources every one is tried, each has a result line, and the exit code is that of the\n" +
			"first failure in the order given.\n\n" +
			"A list has a source a line; addresses with a tab between them are of the same thing, and the first that\n" +
			"is of use is taken. What is wanted of a source may stand in indented lines below it: dir=FOLDER,\n" +
			"out=NAME, select-file=1,3-5, select=SPEC, seed-ratio=R, seed-time=TIME (0: not at all), seed-until=RULE.\n" +
			"Lines that begin with # are passed over.\n\n" + seedRuleHelp + "\n\n" + hookHelp + hangupHelp,
		Example: "  shoal get 'magnet:?xt=urn:btih:...'\n" +
			"  shoal get -o ~/iso -s '*.iso' ubuntu.torrent\n" +
			"  shoal get -j 10 -i list.txt\n" +
			"  shoal get -o - 'magnet:?xt=urn:btih:...' | tar x\n" +
			"  shoal get --json --seed-ratio 2 https://example.org/holiday.torrent",
		ValidArgsFunction: completeTorrents,
		Args: func(cmd *cobra.Command, args []string) error {
			if o.input != "" {
				return nil
			}
			return atLeastOne(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.given = givenFlags(cmd.Flags())
			return runGet(cmd.Context(), env, o, args)
		},
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func runGet(ctx context.Context, env Env, o *getOptions, args []string) error {
	if err := o.finish(env); err != nil {
		return err
	}
	if o.input == "-" && slices.Contains(args, "-") {
		return usagef("--input-file -: stdin can be read once, and - among the sources does so too")
	}
	term := o.term.open(env)
	defer term.Close()
	orders, err := newOrders(env, o, args, term)
	if err != nil {
		return err
	}
	if err := o.checkStream(len(orders)); err != nil {
		return err
	}
	if len(orders) > 1 && o.save.file != "" && !isFolder(env, o.save.file) {
		return usagef("--save-torrent=%s: there are several torrents to save", o.save.file)
	}
	if len(orders) > 1 || endsInSeparator(o.output) {
		if err := wantFolder(env, o.output); err != nil {
			return hinted(err, "choose another place with --output")
		}
	}
	if o.streams() {
		defer catchBrokenPipe()()
	}
	return newGetter(env, "get", o, term, orders).run(ctx)
}
