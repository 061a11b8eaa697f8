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
	term  termFlags
	quick bool
	limit torrentLimit
	net   socketFlags
}

func (o *verifyOptions) addFlags(fs *pflag.FlagSet) {
	fs.BoolVar(&o.quick, "quick", false, "compare sizes only, and times with that of the torrent; hash nothing")
	o.limit.addFlag(fs)
	o.net.addProxy(fs)
	o.term.addFlags(fs)
	o.term.addJSON(fs)
	o.term.addProgress(fs)
}

func newVerifyCommand(env Env) *cobra.Command {
	o := &verifyOptions{}
	cmd := &cobra.Command{
		Use:   "verify TORRENT [PATH...]",
		Short: "Check data on disk against a torrent",
		Long: "Hash the content of a torrent where it lies and say for each file whether it is complete, damaged,\n" +
			"missing or of the wrong size, and what lies there unasked. PATH is the content itself or the folder\n" +
			"around it (default: the working folder); of several, each is a copy that is checked on its own. The\n" +
			"exit code is 32 if anything is wrong.\n\n" +
			"With --quick a file passes if it has the right size and was not modified after the torrent was made.",
		Example:           "  shoal verify holiday.torrent\n  shoal verify holiday.torrent /mnt/backup/Holiday /mnt/archive/Holiday",
		ValidArgsFunction: completeTorrents,
		Args:              atLeastOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			paths := args[1:]
			if len(paths) == 0 {
				paths = []string{"."}
			}
			return runVerify(cmd.Context(), env, o, args[0], paths)
		},
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func runVerify(ctx context.Context, env Env, o *verifyOptions, arg string, paths []string) error {
	in, err := loadOne(ctx, env, arg, o.limit, &o.net)
	if err != nil {
		return err
	}
	if in.meta == nil {
		return about(arg, usagef("a magnet link has no hashes to compare with; give a .torrent"))
	}
	term := o.term.open(env)
	defer term.Close()
	c := &checker{env: env, o: o, term: term, meta: in.meta, several: len(paths) > 1}
	for _, path := range paths {
		err := c.check(ctx, path)
		if ctx.Err() != nil {
			return err
		}
		c.results = append(c.results, copyResult{path, err})
		if err != nil && c.several {
			term.Error(verbError("verify", err), hintOf(err))
			err = told(err)
		}
		if c.first == nil {
			c.first = err
		}
	}
	if o.term.json {
		if err := c.emitSummary(); err != nil {
			return err
		}
	}
	return c.first
}

// checker is one run of verify.
type checker struct {
	env     Env
	o       *verifyOptions
	term    *ui.IO
	meta    *metainfo.Metainfo
	several bool // there is more than one copy
	first   error
	results []copyResult
	sum     checkSummary // over all copies
}

// copyResult is what became of one copy.
type copyResult struct {
	path string
	err  error
}

// check compares the copy at path with the torrent, and tells of it.
func (c *checker) check(ctx context.Context, path string) error {
	report, err := c.verify(ctx, c.env.path(path))
	if err != nil {
		return about(path, err)
	}
	if c.o.term.json {
		err = c.emit(path, report)
	} else {
		err = c.show(path, report)
	}
	if err == nil {
		err = mismatch(c.meta.Info, report)
	}
	if err != nil && c.several {
		err = about(path, err)
	}
	return err
}

// verify hashes what lies at root with a bar.
func (c *checker) verify(ctx context.Context, root string) (*metainfo.Report, error) {
	bar := newHashBar(c.term, ui.Checking, c.meta.Info.Name)
	defer bar.close()
	r, err := metainfo.Verify(ctx, c.meta.Info, root, metainfo.VerifyOptions{
		PieceLayers: c.meta.PieceLayers, Progress: bar.at, Quick: c.o.quick, Newest: c.meta.CreationDate,
	})
	return r, causeOf(ctx, err)
}

// mismatch is the error for content that is not what the torrent says, nil if it is.
func mismatch(info *metainfo.Info, r *metainfo.Report) error {
	if r.Complete() {
		return nil
	}
	wrong, first, newer := 0, "", false
	for _, f := range r.Files {
		if f.Status == metainfo.Complete {
			continue
		}
		newer = newer || r.Quick && f.Status == metainfo.Unverified
		if wrong++; wrong == 1 {
			first = strings.Join(info.Files[f.File].Path, "/") + " is " + statusText(r, f, info.Files[f.File].Length)
		}
	}
	if wrong > 1 {
		first += fmt.Sprintf(" and %d more", wrong-1)
	}
	err := about(info.Name, fmt.Errorf("%w: %s", errMismatch, first))
	if newer {
		return hinted(err, "without --quick the content itself is compared")
	}
	return err
}

// modifiedLater is what a quick look says of a file of the right size that may have changed.
const modifiedLater = "modified after the torrent was made"

// statusText says what is the matter with a file.
func statusText(r *metainfo.Report, f metainfo.FileReport, want int64) string {
	switch {
	case f.Status == metainfo.Damaged:
		return "damaged at " + rangeList(f.Damaged)
	case f.Status == metainfo.WrongSize:
		return fmt.Sprintf("of the wrong size (%d bytes, not %d)", f.Size, want)
	case f.Status == metainfo.Unreadable:
		return fmt.Sprintf("unreadable (%v)", causeText(f.Err, ""))
	case f.Status == metainfo.Unverified && r.Quick:
		return "unverified (" + modifiedLater + ")"
	case f.Status == metainfo.Unverified:
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

// show prints a line a file, and a last one of how much is right. Of several copies the path is the
// last cell.
func (c *checker) show(path string, r *metainfo.Report) error {
	info, columns := c.meta.Info, []ui.Column{{}, {Flex: true}, {}}
	if c.several {
		columns = append(columns, ui.Column{Flex: true})
	}
	table := c.term.Table(columns...)
	right := 0
	for _, f := range r.Files {
		details := ""
		switch f.Status {
		case metainfo.Complete:
			right++
		case metainfo.Missing:
		case metainfo.Damaged:
			details = rangeList(f.Damaged)
		case metainfo.WrongSize:
			details = fmt.Sprintf("%d bytes, not %d", f.Size, info.Files[f.File].Length)
		case metainfo.Unreadable:
			details = causeText(f.Err, "")
		case metainfo.Unverified:
			if r.Quick {
				details = modifiedLater
			}
		}
		table.Row(f.Status.String(), strings.Join(info.Files[f.File].Path, "/"), details, path)
	}
	for _, extra := range r.Extra {
		table.Row("extra", extra, "", path)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	name := info.Name
	if c.several {
		name = path
	}
	if r.Quick {
		c.term.Info(fmt.Sprintf("%s: %d of %d files have the right size and time", name, right, len(r.Files)))
	} else {
		c.term.Info(fmt.Sprintf("%s: %d of %d pieces are right", name, r.GoodPieces, r.Pieces))
	}
	return nil
}
