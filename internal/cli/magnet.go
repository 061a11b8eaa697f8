package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

type magnetOptions struct {
	term   termFlags
	choose []string
}

func (o *magnetOptions) addFlags(fs *pflag.FlagSet) {
	fs.StringArrayVarP(&o.choose, "select", "s", nil, "name only files that `SPEC` takes: 1,3-5, a glob, re:REGEX; repeatable")
	o.term.addFlags(fs)
	o.term.addJSON(fs)
}

func newMagnetCommand(env Env) *cobra.Command {
	o := &magnetOptions{}
	cmd := &cobra.Command{
		Use:     "magnet TORRENT",
		Short:   "Print the magnet link of a torrent",
		Example: "  shoal magnet ubuntu.torrent\n  shoal magnet -s '*.iso' ubuntu.torrent",
		Args:    exactlyOne,
		RunE:    func(cmd *cobra.Command, args []string) error { return runMagnet(cmd.Context(), env, o, args[0]) },
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func runMagnet(ctx context.Context, env Env, o *magnetOptions, arg string) error {
	sel, err := parseSelection(o.choose)
	if err != nil {
		return err
	}
	in, err := loadOne(ctx, env, arg)
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
	term := o.term.open(env)
	defer term.Close()
	if o.term.json {
		return ui.NewJSON(term.Out).Emit("magnet", newMagnetEvent(link))
	}
	_, err = fmt.Fprintln(term.Out, link)
	return err
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
