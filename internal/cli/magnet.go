package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/config"
	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

type magnetOptions struct {
	term       termFlags
	choose     []string
	peers      []string
	trackers   []string
	webSeeds   []string
	noTrackers bool
	limit      torrentLimit
	net        socketFlags
}

func (o *magnetOptions) addFlags(fs *pflag.FlagSet) {
	link := pflag.NewFlagSet("", pflag.ContinueOnError)
	link.SortFlags = false
	link.StringArrayVarP(&o.choose, "select", "s", nil, "name only files that `SPEC` takes: 1,3-5, a glob, re:REGEX; repeatable")
	link.StringArrayVar(&o.peers, "peer", nil, "name the peer at `HOST:PORT` too; repeatable")
	link.StringArrayVarP(&o.trackers, "tracker", "t", nil, "name the tracker at `URL` too; repeatable")
	link.StringArrayVarP(&o.webSeeds, "web-seed", "w", nil, "name the web seed at `URL` too; repeatable")
	link.BoolVar(&o.noTrackers, "no-trackers", false, "leave out the torrent's own trackers and web seeds")
	link.VisitAll(func(f *pflag.Flag) {
		config.TypeOnly(f) // what is set for get and seed is not meant for every link
		fs.AddFlag(f)
	})
	fs.SortFlags = false
	o.limit.addFlag(fs)
	o.net.addProxy(fs)
	o.term.addFlags(fs)
	o.term.addJSON(fs)
}

func newMagnetCommand(env Env) *cobra.Command {
	o := &magnetOptions{}
	cmd := &cobra.Command{
		Use:   "magnet TORRENT",
		Short: "Print the magnet link of a torrent",
		Long: "Print the magnet link of a torrent: of a v1 torrent with its SHA-1 infohash, of a v2 torrent with the\n" +
			"SHA-256 one, of a hybrid with both, and with trackers and web seeds. TORRENT may be a link itself.",
		Example: "  shoal magnet ubuntu.torrent\n" +
			"  shoal magnet -s '*.iso' ubuntu.torrent\n" +
			"  shoal magnet --no-trackers --peer 192.0.2.1:6881 ubuntu.torrent",
		ValidArgsFunction: completeTorrents,
		Args:              exactlyOne,
		RunE:              func(cmd *cobra.Command, args []string) error { return runMagnet(cmd.Context(), env, o, args[0]) },
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func runMagnet(ctx context.Context, env Env, o *magnetOptions, arg string) error {
	sel, err := parseSelection(o.choose)
	if err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	in, err := loadOne(ctx, env, arg, o.limit, &o.net)
	if err != nil {
		return err
	}
	link := in.magnet
	switch {
	case link == nil:
		link = in.meta.Magnet()
		if sel != nil {
			picked, err := sel.pick(in.meta.Info)
			if err != nil {
				return about(arg, err)
			}
			link.Select = rangesOf(picked)
		}
	case sel != nil:
		return about(arg, usagef("--select: the files of a magnet link are not known; give a .torrent"))
	}
	o.extend(link)
	term := o.term.open(env)
	defer term.Close()
	if o.term.json {
		return ui.NewJSON(term.Out).Emit("magnet", newMagnetEvent(link))
	}
	_, err = fmt.Fprintln(term.Out, link)
	return err
}

// check finds values that no link can carry.
func (o *magnetOptions) check() error {
	if err := checkHostPorts("peer", o.peers); err != nil {
		return err
	}
	if err := checkTrackers("tracker", o.trackers); err != nil {
		return err
	}
	var m metainfo.Metainfo
	return flagOf(m.SetWebSeeds(o.webSeeds), "web-seed")
}

// extend adds to a link what the flags name.
func (o *magnetOptions) extend(link *metainfo.Magnet) {
	if o.noTrackers {
		link.Trackers, link.WebSeeds = nil, nil
	}
	link.Trackers = addNew(link.Trackers, slices.Concat(trackerTiers(o.trackers)...))
	link.WebSeeds = addNew(link.WebSeeds, o.webSeeds)
	link.Peers = addNew(link.Peers, o.peers)
}

// rangesOf writes a choice of files as a magnet link does (BEP 53), which counts all files, padding
// among them, from 0.
func rangesOf(picked []bool) []metainfo.Range {
	var ranges []metainfo.Range
	for i, yes := range picked {
		if !yes {
			continue
		}
		if n := len(ranges); n > 0 && ranges[n-1].Last == i-1 {
			ranges[n-1].Last = i
			continue
		}
		ranges = append(ranges, metainfo.Range{First: i, Last: i})
	}
	return ranges
}
