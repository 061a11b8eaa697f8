package cli

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

type createOptions struct {
	term    termFlags
	create  createFlags
	output  string
	magnet  bool
	force   bool
	perItem bool
}

func (o *createOptions) addFlags(fs *pflag.FlagSet) {
	addGroup(fs, "What is written", func(fs *pflag.FlagSet) {
		fs.StringVarP(&o.output, "output", "o", "", "write to `FILE`, or into this folder; - is stdout (NAME.torrent)")
		fs.BoolVarP(&o.force, "force", "f", false, "replace an existing file")
		fs.BoolVar(&o.magnet, "magnet", false, "print the magnet link instead of the path")
		fs.BoolVar(&o.perItem, "per-item", false, "make a torrent of each entry of the folder PATH")
	})
	addGroup(fs, "The torrent", o.create.addFlags)
	addGroup(fs, "Output", o.term.addFlags, o.term.addJSON, o.term.addProgress)
}

func newCreateCommand(env Env) *cobra.Command {
	o := &createOptions{}
	cmd := &cobra.Command{
		Use:   "create PATH",
		Short: "Make a .torrent of a file or folder",
		Long: "Hash a file or folder and write a .torrent of it. The path of what was written goes to stdout.\n" +
			"With --no-date or SOURCE_DATE_EPOCH the same content and flags give the same bytes.\n\n" +
			"What is probably not meant, like a private torrent without a tracker, is refused under a name that\n" +
			"--allow takes. Flags that belong together may be kept in config.toml and called by --preset:\n\n" +
			"  [preset.club]\n" +
			"  private = true\n" +
			"  tracker = [\"https://tracker.example/announce\"]",
		Example: "  shoal create -t http://tracker.example/announce -o holiday.torrent Holiday/\n" +
			"  shoal create --preset club --per-item -o torrents/ Albums/\n" +
			"  shoal create --no-date --exclude '*.tmp' -o - data | sha256sum",
		Args: exactlyOne,
		RunE: func(cmd *cobra.Command, args []string) error { return runCreate(cmd.Context(), env, o, args[0]) },
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func runCreate(ctx context.Context, env Env, o *createOptions, path string) error {
	if o.output == "-" && (o.magnet || o.json()) {
		return usagef("--output -: stdout carries the torrent then, and nothing else")
	}
	term := o.term.open(env)
	defer term.Close()
	if o.perItem {
		return runPerItem(ctx, env, o, term, path)
	}
	if endsInSeparator(o.output) {
		if err := wantFolder(env, o.output); err != nil {
			return err
		}
	}
	return o.one(ctx, env, term, path, o.outputFile(env, path))
}

// one makes the torrent of one path.
func (o *createOptions) one(ctx context.Context, env Env, term *ui.IO, path, out string) error {
	if out != "-" && !o.force {
		if _, err := os.Lstat(env.path(out)); err == nil {
			return about(out, hinted(fs.ErrExist, "--force replaces it"))
		}
	}
	m, lints, err := createTorrent(ctx, env, term, &o.create, path)
	if err != nil {
		return err
	}
	for _, l := range lints {
		term.Warn(l.Message)
	}
	for _, w := range m.Warnings {
		term.Warn(w)
	}
	if out == "-" {
		_, err := env.Out.Write(m.Bytes())
		return err
	}
	if err := writeNew(env.path(out), m.Bytes(), o.force); err != nil {
		return about(out, err)
	}
	return o.report(term, m, lints, out)
}

func (o *createOptions) json() bool { return o.term.json }

// outputFile is where the torrent goes: named by the user, or after the content.
func (o *createOptions) outputFile(env Env, path string) string {
	name := o.create.name
	if name == "" {
		name = baseName(env.path(path))
	}
	name += ".torrent"
	switch {
	case o.output == "":
		return name
	case o.output != "-" && isFolder(env, o.output):
		return filepath.Join(o.output, name)
	}
	return o.output
}

// report tells what was made.
func (o *createOptions) report(term *ui.IO, m *metainfo.Metainfo, lints []lintEvent, out string) error {
	if o.json() {
		e := newTorrentEvent(m)
		e.Path, e.Lints = out, lints
		return ui.NewJSON(term.Out).Emit("created", e)
	}
	term.Info(fmt.Sprintf("%s: %s in %s of %s, infohash %s", out, ui.Bytes(m.Info.DataLength()),
		ui.Plural(int64(m.Info.NumPieces()), "piece"), ui.Bytes(m.Info.PieceLength), infohashText(m.Info)))
	result := ui.Escape(out)
	if o.magnet {
		result = m.Magnet().String()
	}
	_, err := fmt.Fprintln(term.Out, result)
	return err
}

// createTorrent hashes a path with a bar. It also returns what is odd about the torrent.
func createTorrent(ctx context.Context, env Env, term *ui.IO, flags *createFlags, path string) (*metainfo.Metainfo, []lintEvent, error) {
	var lints []lintEvent
	options, err := flags.options(env, path, func(l metainfo.Lint) { lints = append(lints, lintEvent{l.Name, l.Message}) })
	if err != nil {
		return nil, nil, err
	}
	bar := newHashBar(term, ui.Hashing, baseName(options.Path))
	defer bar.close()
	options.Progress = bar.at
	m, err := metainfo.Create(ctx, options)
	if err != nil {
		return nil, nil, about(path, createFailure(ctx, err))
	}
	return m, lints, nil
}
