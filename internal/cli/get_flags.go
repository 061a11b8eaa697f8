package cli

import (
	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/config"
)

type getOptions struct {
	term       termFlags
	network    networkFlags
	policy     seedPolicy
	seed       bool
	input      string
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
	minFree    config.Size
	timeout    config.Duration
	stall      config.Duration
	hooks      hooks
	save       saveFlag
	limit      torrentLimit

	selection selection  // choose, parsed
	given     flagValues // what a later run needs to go on in the same way
}

func (o *getOptions) addFlags(fs *pflag.FlagSet) {
	addGroup(fs, "What and where", func(fs *pflag.FlagSet) {
		fs.StringVarP(&o.input, "input-file", "i", "", "get the sources in `FILE` too, one a line, with options below; - is stdin")
		fs.StringVarP(&o.output, "output", "o", ".", "put the content into this `DIR`, or FILE if it is one file; - pipes one file to stdout")
		fs.StringArrayVarP(&o.choose, "select", "s", nil, "fetch only files that `SPEC` takes: 1,3-5, a glob, re:REGEX; repeatable")
		fs.BoolVarP(&o.list, "list", "l", false, "print the files and stop")
		o.save.addFlag(fs, "keep the metadata as `FILE` (NAME.torrent in the folder of the content)")
		fs.BoolVar(&o.overwrite, "overwrite", false, "replace files that are in the way")
		fs.BoolVar(&o.check, "check", false, "hash all that is there first, trust no state")
		fs.Var(&o.minFree, "min-free", "leave `SIZE` free on the disk: do not begin what would take more, or stop before")
		o.limit.addFlag(fs)
	})
	o.addRunFlags(fs)
	addGroup(fs, "Output", o.term.addWatch)
}

// addRunFlags adds those that say how it is fetched, and not what and where.
func (o *getOptions) addRunFlags(fs *pflag.FlagSet) {
	addGroup(fs, "How and how long", func(fs *pflag.FlagSet) {
		fs.IntVarP(&o.jobs, "jobs", "j", 5, "download `N` at once")
		fs.BoolVar(&o.sequential, "sequential", false, "fetch pieces in order")
		fs.Var(&o.timeout, "timeout", "give up after this `TIME` (90s, 2h): exit code 2, or 33 if a link had no metadata")
		fs.Var(&o.stall, "stall-timeout", "give a source up when no byte of it has come for this `TIME`")
		fs.BoolVar(&o.seed, "seed", false, "stay after completion and seed")
		o.policy.addFlags(fs)
		o.hooks.addFlags(fs)
	})
	addGroup(fs, "Peers", func(fs *pflag.FlagSet) {
		fs.StringArrayVar(&o.peers, "peer", nil, "connect to the peer at `HOST:PORT` too; repeatable")
		fs.StringArrayVar(&o.trackers, "tracker", nil, "ask the tracker at `URL` too; repeatable")
		fs.StringArrayVar(&o.webSeeds, "web-seed", nil, "fetch from the web server at `URL` too, the file or the folder that has it; repeatable")
	}, o.network.addPeerFlags)
	addGroup(fs, "Network", o.network.addFlags)
	addGroup(fs, "Output", o.term.addFlags, o.term.addJSON, o.term.addProgress, o.term.addVerbose)
}

// finish reads what has a form of its own, and finds what the flags' types cannot.
func (o *getOptions) finish(env Env) error {
	if o.jobs < 1 {
		return usagef("--jobs %d: at least one is needed", o.jobs)
	}
	if o.output == "" {
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
	if err := o.hooks.check(env); err != nil {
		return err
	}
	if err := o.network.check(); err != nil {
		return err
	}
	var err error
	o.selection, err = parseSelection(o.choose)
	return err
}
