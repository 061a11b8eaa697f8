package cli

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/config"
)

type getOptions struct {
	term       termFlags
	network    networkFlags
	policy     seedPolicy
	seed       bool
	output     string
	choose     []string
	list       bool
	jobs       int
	peers      []string
	trackers   []string
	webSeeds   []string
	sequential bool
	overwrite  bool
	check      bool
	timeout    config.Duration
	save       saveFlag
	limit      torrentLimit

	selection selection // choose, parsed
}

func (o *getOptions) addFlags(fs *pflag.FlagSet) {
	addGroup(fs, "What and where", func(fs *pflag.FlagSet) {
		fs.StringVarP(&o.output, "output", "o", ".", "put the content into this `DIR`, or into this FILE if it is one file")
		fs.StringArrayVarP(&o.choose, "select", "s", nil, "fetch only files that `SPEC` takes: 1,3-5, a glob, re:REGEX; repeatable")
		fs.BoolVarP(&o.list, "list", "l", false, "print the files and stop")
		o.save.addFlag(fs, "keep the metadata as `FILE` (NAME.torrent in the folder of the content)")
		fs.BoolVar(&o.overwrite, "overwrite", false, "replace files that are in the way")
		fs.BoolVar(&o.check, "check", false, "hash all that is there first, trust no state")
		o.limit.addFlag(fs)
	})
	addGroup(fs, "How and how long", func(fs *pflag.FlagSet) {
		fs.IntVarP(&o.jobs, "jobs", "j", 5, "download `N` at once")
		fs.BoolVar(&o.sequential, "sequential", false, "fetch pieces in order")
		fs.Var(&o.timeout, "timeout", "give up after this `TIME` (90s, 2h): exit code 2, or 33 if a link had no metadata")
		fs.BoolVar(&o.seed, "seed", false, "stay after completion and seed")
		o.policy.addFlags(fs)
	})
	addGroup(fs, "Peers", func(fs *pflag.FlagSet) {
		fs.StringArrayVar(&o.peers, "peer", nil, "connect to the peer at `HOST:PORT` too; repeatable")
		fs.StringArrayVar(&o.trackers, "tracker", nil, "ask the tracker at `URL` too; repeatable")
		fs.StringArrayVar(&o.webSeeds, "web-seed", nil, "fetch from the web server at `URL` too, the file or the folder that has it; repeatable")
	}, o.network.addPeerFlags)
	addGroup(fs, "Network", o.network.addFlags)
	addGroup(fs, "Output", o.term.addFlags, o.term.addJSON, o.term.addProgress, o.term.addVerbose)
}

func newGetCommand(env Env) *cobra.Command {
	o := &getOptions{}
	cmd := &cobra.Command{
		Use:   "get SOURCE...",
		Short: "Download from a swarm",
		Long: "Download what a .torrent file, the http(s) URL of one, a magnet link or an infohash names; - reads a\n" +
			"torrent or a list of sources, one a line, from stdin. The path of what was made goes to stdout. The\n" +
			"same command again goes on where an earlier run was stopped, and does nothing once all is there.\n\n" +
			"With several sources every one is tried, each has a result line, and the exit code is that of the\n" +
			"first failure in the order given.",
		Example: "  shoal get 'magnet:?xt=urn:btih:...'\n" +
			"  shoal get -o ~/iso -s '*.iso' ubuntu.torrent\n" +
			"  shoal get -j 10 - < list.txt\n" +
			"  shoal get --json --seed-ratio 2 https://example.org/holiday.torrent",
		Args: atLeastOne,
		RunE: func(cmd *cobra.Command, args []string) error { return runGet(cmd.Context(), env, o, args) },
	}
	o.addFlags(cmd.Flags())
	return cmd
}

// finish reads what has a form of its own, and finds what the flags' types cannot.
func (o *getOptions) finish() error {
	if o.jobs < 1 {
		return usagef("--jobs %d: at least one is needed", o.jobs)
	}
	if o.output == "" || o.output == "-" {
		return usagef("--output %q: want a folder or a file", o.output)
	}
	if err := checkHostPorts("peer", o.peers); err != nil {
		return err
	}
	if err := checkTrackers("tracker", o.trackers); err != nil {
		return err
	}
	if err := checkWebSeeds("web-seed", o.webSeeds); err != nil {
		return err
	}
	if err := o.policy.check(); err != nil {
		return err
	}
	if err := o.network.check(); err != nil {
		return err
	}
	var err error
	o.selection, err = parseSelection(o.choose)
	return err
}

// stays says whether a torrent is served after it is complete.
func (o *getOptions) stays() bool { return o.seed || o.policy.limited() }

func runGet(ctx context.Context, env Env, o *getOptions, args []string) error {
	if err := o.finish(); err != nil {
		return err
	}
	sources, err := expandSources(env, args, o.limit)
	if err != nil {
		return err
	}
	if len(sources) > 1 && o.save.file != "" && !isFolder(env, o.save.file) {
		return usagef("--save-torrent=%s: there are several torrents to save", o.save.file)
	}
	if len(sources) > 1 || endsInSeparator(o.output) {
		if err := wantFolder(env, o.output); err != nil {
			return hinted(err, "choose another place with --output")
		}
	}
	term := o.term.open(env)
	defer term.Close()
	g := newGetter(env, o, term, sources)
	return g.run(ctx)
}
