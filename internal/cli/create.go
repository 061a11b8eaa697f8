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
	term   termFlags
	create createFlags
	output string
	magnet bool
	force  bool
}

func (o *createOptions) addFlags(fs *pflag.FlagSet) {
	addGroup(fs, "What is written", func(fs *pflag.FlagSet) {
		fs.StringVarP(&o.output, "output", "o", "", "write to `FILE`, or into this folder; - is stdout (NAME.torrent)")
		fs.BoolVarP(&o.force, "force", "f", false, "replace an existing file")
		fs.BoolVar(&o.magnet, "magnet", false, "print the magnet link instead of the path")
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
			"With --no-date or SOURCE_DATE_EPOCH the same content and flags give the same bytes.",
		Example: "  shoal create -t http://tracker.example/announce -o holiday.torrent Holiday/\n" +
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
	out := o.outputFile(env, path)
	if out != "-" && !o.force {
		if _, err := os.Lstat(env.path(out)); err == nil {
			return about(out, hinted(fs.ErrExist, "--force replaces it"))
		}
	}
	m, err := createTorrent(ctx, env, term, &o.create, path)
	if err != nil {
		return err
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
	return o.report(term, m, out)
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
func (o *createOptions) report(term *ui.IO, m *metainfo.Metainfo, out string) error {
	if o.json() {
		e := newTorrentEvent(m)
		e.Path = out
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

// createTorrent hashes a path with a bar.
func createTorrent(ctx context.Context, env Env, term *ui.IO, flags *createFlags, path string) (*metainfo.Metainfo, error) {
	options, err := flags.options(env, path)
	if err != nil {
		return nil, err
	}
	bar := newHashBar(term, ui.Hashing, baseName(options.Path))
	defer bar.close()
	options.Progress = bar.at
	m, err := metainfo.Create(ctx, options)
	if err != nil {
		return nil, about(path, createFailure(ctx, err))
	}
	return m, nil
}

// writeNew writes a whole file, or leaves none behind. An existing one is replaced, at once and only
// by a whole one, if force is set, and kept otherwise.
func writeNew(path string, b []byte, force bool) error {
	target := path
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if force {
		target = path + ".new"
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(target, flags, 0o666)
	if err != nil {
		return &createError{err}
	}
	_, err = f.Write(b)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil && force {
		err = os.Rename(target, path)
	}
	if err != nil {
		_ = os.Remove(target)
		return &createError{err}
	}
	return nil
}
