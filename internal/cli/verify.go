package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

type verifyOptions struct {
	term termFlags
}

func (o *verifyOptions) addFlags(fs *pflag.FlagSet) {
	o.term.addFlags(fs)
	o.term.addJSON(fs)
	o.term.addProgress(fs)
}

func newVerifyCommand(env Env) *cobra.Command {
	o := &verifyOptions{}
	cmd := &cobra.Command{
		Use:   "verify TORRENT [PATH]",
		Short: "Check data on disk against a torrent",
		Long: "Hash the content of a torrent where it lies and say for each file whether it is complete, damaged,\n" +
			"missing or of the wrong size, and what lies there unasked. PATH is the content itself or the folder\n" +
			"around it (default: the working folder). The exit code is 32 if anything is wrong.",
		Example: "  shoal verify holiday.torrent\n  shoal verify holiday.torrent /mnt/backup/Holiday",
		Args:    oneOrTwo,
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "."
			if len(args) == 2 {
				path = args[1]
			}
			return runVerify(cmd.Context(), env, o, args[0], path)
		},
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func oneOrTwo(cmd *cobra.Command, args []string) error {
	if len(args) > 2 {
		return wrongArgs(cmd, "takes a torrent and a path")
	}
	return atLeastOne(cmd, args)
}

func runVerify(ctx context.Context, env Env, o *verifyOptions, arg, path string) error {
	in, err := loadOne(ctx, env, arg)
	if err != nil {
		return err
	}
	if in.meta == nil {
		return about(arg, usagef("a magnet link has no hashes to compare with; give a .torrent"))
	}
	term := o.term.open(env)
	defer term.Close()
	report, err := verifyContent(ctx, term, in.meta, env.path(path))
	if err != nil {
		return about(path, err)
	}
	if o.term.json {
		err = emitReport(term, in.meta.Info, report)
	} else {
		err = showReport(term, in.meta.Info, report)
	}
	if err == nil {
		err = mismatch(in.meta.Info, report)
	}
	return err
}

// verifyContent hashes what lies at root with a bar.
func verifyContent(ctx context.Context, term *ui.IO, m *metainfo.Metainfo, root string) (*metainfo.Report, error) {
	bar := newHashBar(term, ui.Checking, m.Info.Name)
	defer bar.close()
	r, err := metainfo.Verify(ctx, m.Info, root, metainfo.VerifyOptions{PieceLayers: m.PieceLayers, Progress: bar.at})
	return r, causeOf(ctx, err)
}

// mismatch is the error for content that is not what the torrent says, nil if it is.
func mismatch(info *metainfo.Info, r *metainfo.Report) error {
	if r.Complete() {
		return nil
	}
	wrong, first := 0, ""
	for _, f := range r.Files {
		if f.Status == metainfo.Complete {
			continue
		}
		if wrong++; wrong == 1 {
			first = strings.Join(info.Files[f.File].Path, "/") + " is " + statusText(f, info.Files[f.File].Length)
		}
	}
	if wrong > 1 {
		first += fmt.Sprintf(" and %d more", wrong-1)
	}
	return about(info.Name, fmt.Errorf("%w: %s", errMismatch, first))
}

// statusText says what is the matter with a file.
func statusText(f metainfo.FileReport, want int64) string {
	switch f.Status {
	case metainfo.Damaged:
		return "damaged at " + rangeList(f.Damaged)
	case metainfo.WrongSize:
		return fmt.Sprintf("of the wrong size (%d bytes, not %d)", f.Size, want)
	case metainfo.Unreadable:
		return fmt.Sprintf("unreadable (%v)", causeText(f.Err, ""))
	case metainfo.Unverified:
		return "unverified (it shares pieces with data that is not there)"
	}
	return f.Status.String()
}

// rangeList writes byte ranges, the first few of many.
func rangeList(ranges []metainfo.ByteRange) string {
	const most = 5
	var parts []string
	for n, r := range ranges {
		if n == most {
			parts = append(parts, fmt.Sprintf("%d more", len(ranges)-most))
			break
		}
		parts = append(parts, fmt.Sprintf("%d-%d", r.Start, r.End-1))
	}
	return "bytes " + strings.Join(parts, ", ")
}

// showReport prints a line a file that is not as it should be, and a last one of how much is right.
func showReport(term *ui.IO, info *metainfo.Info, r *metainfo.Report) error {
	table := term.Table(ui.Column{}, ui.Column{Flex: true}, ui.Column{})
	for _, f := range r.Files {
		details := ""
		switch f.Status {
		case metainfo.Complete, metainfo.Missing:
		case metainfo.Damaged:
			details = rangeList(f.Damaged)
		case metainfo.WrongSize:
			details = fmt.Sprintf("%d bytes, not %d", f.Size, info.Files[f.File].Length)
		case metainfo.Unreadable:
			details = causeText(f.Err, "")
		}
		table.Row(f.Status.String(), strings.Join(info.Files[f.File].Path, "/"), details)
	}
	for _, path := range r.Extra {
		table.Row("extra", path)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	term.Info(fmt.Sprintf("%s: %d of %d pieces are right", info.Name, r.GoodPieces, r.Pieces))
	return nil
}
