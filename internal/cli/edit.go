package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

type editOptions struct {
	term    termFlags
	changes editChanges
	output  string
	force   bool
	dryRun  bool
	limit   torrentLimit
	net     socketFlags
}

func (o *editOptions) addFlags(fs *pflag.FlagSet) {
	addGroup(fs, "What is written", func(fs *pflag.FlagSet) {
		fs.StringVarP(&o.output, "output", "o", "", "write to `FILE`, or into this folder; - is stdout")
		fs.BoolVarP(&o.force, "force", "f", false, "replace an existing file, such as TORRENT itself")
		fs.BoolVar(&o.dryRun, "dry-run", false, "print what would change and write nothing")
		o.limit.addFlag(fs)
		o.net.addProxy(fs)
	})
	addGroup(fs, "Changes", o.changes.addFlags)
	addGroup(fs, "Output", o.term.addFlags, o.term.addJSON)
}

func newEditCommand(env Env) *cobra.Command {
	o := &editOptions{}
	cmd := &cobra.Command{
		Use:   "edit TORRENT -o FILE",
		Short: "Change trackers, web seeds and comment of a .torrent",
		Long: "Write a .torrent that differs from TORRENT in what is outside the info dictionary. The infohash and the\n" +
			"content stay what they are, and so does everything that is not named by a flag. What changes is told line\n" +
			"by line, with - before what goes and + before what comes.",
		Example: "  shoal edit --add-tracker udp://tracker.example:1337 -o new.torrent old.torrent\n" +
			"  shoal edit --replace-tracker http://old.example/a=https://new.example/a -f -o x.torrent x.torrent\n" +
			"  shoal edit --remove-tracker '*' --comment '' --dry-run x.torrent",
		ValidArgsFunction: completeTorrents,
		Args:              exactlyOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.changes.typed = cmd.Flags().Changed
			return runEdit(cmd.Context(), env, o, args[0])
		},
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func runEdit(ctx context.Context, env Env, o *editOptions, arg string) error {
	switch {
	case o.output == "" && !o.dryRun:
		return hinted(usagef("--output is missing"), "-o FILE writes a new file, -f -o "+arg+" replaces this one")
	case o.output == "-" && (o.term.json || o.dryRun):
		return usagef("--output -: stdout carries the torrent then, and nothing else")
	}
	in, err := loadOne(ctx, env, arg, o.limit, &o.net)
	if err != nil {
		return err
	}
	if in.meta == nil {
		return about(arg, usagef("a magnet link is no torrent; give a .torrent"))
	}
	term := o.term.open(env)
	defer term.Close()
	before := editableLines(in.meta)
	if err := o.changes.apply(in.meta); err != nil {
		return about(arg, err)
	}
	after, err := rewritten(in.meta, o.limit)
	if err != nil {
		return about(arg, err)
	}
	diff := lineDiff(before, editableLines(after))
	out := o.outputFile(env, arg)
	if !o.dryRun {
		if err := o.write(env, out, after.Bytes()); err != nil {
			return err
		}
	}
	return o.report(term, after, diff, out)
}

// rewritten encodes a torrent and reads the result back, and makes sure that it describes the same
// content: the info dictionary has the same bytes, and as many piece layers are there.
func rewritten(m *metainfo.Metainfo, limit torrentLimit) (*metainfo.Metainfo, error) {
	again, err := metainfo.ParseWith(m.Bytes(), limit.limits())
	if err != nil {
		return nil, fmt.Errorf("read back: %w", err)
	}
	v2, _ := m.Info.InfoHashV2()
	v2Again, _ := again.Info.InfoHashV2()
	if !bytes.Equal(m.Info.Raw(), again.Info.Raw()) || m.Info.InfoHash() != again.Info.InfoHash() || v2 != v2Again ||
		len(m.PieceLayers) != len(again.PieceLayers) {
		return nil, errors.New("the infohash would change")
	}
	return again, nil
}

// outputFile is where the torrent goes.
func (o *editOptions) outputFile(env Env, arg string) string {
	if o.output == "" || o.output == "-" || !isFolder(env, o.output) {
		return o.output
	}
	return filepath.Join(o.output, filepath.Base(arg))
}

func (o *editOptions) write(env Env, out string, b []byte) error {
	if out == "-" {
		_, err := env.Out.Write(b)
		return err
	}
	if endsInSeparator(o.output) {
		if err := wantFolder(env, o.output); err != nil {
			return err
		}
	}
	if _, err := os.Lstat(env.path(out)); err == nil && !o.force {
		return about(out, hinted(fs.ErrExist, "--force replaces it"))
	}
	return about(out, writeNew(env.path(out), b, o.force))
}

// editEvent is the one event of edit.
type editEvent struct {
	ui.Ident
	InfoHashV2 string   `json:"infohash_v2,omitempty"`
	Removed    []string `json:"removed"` // as in "tracker 1: http://..."
	Added      []string `json:"added"`
	DryRun     bool     `json:"dry_run,omitempty"`
	Path       string   `json:"path,omitempty"`
}

// report tells what changed, and that the infohash did not.
func (o *editOptions) report(term *ui.IO, m *metainfo.Metainfo, diff []diffLine, out string) error {
	if o.term.json {
		e := editEvent{Ident: identOf(m.Info), DryRun: o.dryRun, Removed: []string{}, Added: []string{}}
		if h, ok := m.Info.InfoHashV2(); ok {
			e.InfoHashV2 = h.String()
		}
		if !o.dryRun {
			e.Path = out
		}
		for _, l := range diff {
			if l.added {
				e.Added = append(e.Added, l.text)
			} else {
				e.Removed = append(e.Removed, l.text)
			}
		}
		return ui.NewJSON(term.Out).Emit("edited", e)
	}
	tell := term.Info
	if o.dryRun { // the difference is the result then
		tell = func(text string) { _, _ = fmt.Fprintln(term.Out, ui.Escape(text)) }
	}
	for _, l := range diff {
		tell(l.String())
	}
	if len(diff) == 0 {
		term.Info("nothing changes")
	}
	term.Info("infohash " + infohashText(m.Info) + " stays")
	if o.dryRun || out == "-" {
		return nil
	}
	_, err := fmt.Fprintln(term.Out, ui.Escape(out))
	return err
}
