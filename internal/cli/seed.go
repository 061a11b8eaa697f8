package cli

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type seedOptions struct {
	term    termFlags
	network networkFlags
	create  createFlags
	policy  seedPolicy
	data    string
	super   bool
	save    saveFlag
	limit   torrentLimit
	given   flagValues // what a later run needs to go on in the same way
}

func (o *seedOptions) addFlags(fs *pflag.FlagSet) {
	addGroup(fs, "What and how long", func(fs *pflag.FlagSet) {
		fs.StringVar(&o.data, "data", ".", "the content of a TORRENT lies in `DIR`")
		o.policy.addFlags(fs)
		fs.BoolVar(&o.super, "super-seed", false, "show each peer a few pieces at a time: the first seed of a swarm sends fewer bytes (BEP 16)")
		o.save.addFlag(fs, "keep the torrent of a PATH as `FILE` (NAME.torrent in the working folder)")
		o.limit.addFlag(fs)
	})
	addGroup(fs, "The torrent made of a PATH", o.create.addFlags)
	addGroup(fs, "Peers", o.network.addPeerFlags)
	addGroup(fs, "Network", o.network.addFlags)
	addGroup(fs, "Output", o.term.addFlags, o.term.addJSON, o.term.addProgress, o.term.addWatch, o.term.addVerbose)
}

func newSeedCommand(env Env) *cobra.Command {
	o := &seedOptions{}
	cmd := &cobra.Command{
		Use:   "seed PATH|TORRENT...",
		Short: "Share a file or folder",
		Long: "Share files and folders. A PATH is hashed first, and its magnet link goes to stdout: give it to\n" +
			"whoever is to have the content. A TORRENT, a file that ends in .torrent, is checked against the\n" +
			"content in --data. Seeding goes on until it is interrupted, or --seed-ratio, --seed-time or --seed-until says\n" +
			"so. One path that cannot be shared does not stop the others.\n\n" + seedRuleHelp + hangupHelp,
		Example: "  shoal seed Holiday/\n" +
			"  shoal seed --up 5MiB --tracker http://tracker.example/announce backup.tar\n" +
			"  shoal seed --data ~/iso ubuntu.torrent",
		Args: atLeastOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.given = givenFlags(cmd.Flags())
			return runSeed(cmd.Context(), env, o, args)
		},
	}
	o.addFlags(cmd.Flags())
	return cmd
}

// check finds what the flags' own types cannot.
func (o *seedOptions) check(env Env, args []string) error {
	if len(args) > 1 && o.create.name != "" {
		return usagef("--name %s: there are several paths to name", o.create.name)
	}
	if len(args) > 1 && o.save.file != "" && !isFolder(env, o.save.file) {
		return usagef("--save-torrent=%s: there are several torrents to save", o.save.file)
	}
	if err := o.policy.check(); err != nil {
		return err
	}
	if err := checkTrackers("tracker", o.create.trackers); err != nil {
		return err
	}
	return o.network.check()
}

func runSeed(ctx context.Context, env Env, o *seedOptions, args []string) error {
	if err := o.check(env, args); err != nil {
		return err
	}
	term := o.term.open(env)
	defer term.Close()
	return newSeeder(env, o, term, args).run(ctx)
}
