package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

type showOptions struct {
	term  termFlags
	files bool
	tree  bool
	limit torrentLimit
	net   socketFlags
}

func (o *showOptions) addFlags(fs *pflag.FlagSet) {
	fs.BoolVar(&o.files, "files", false, "list the files, with their numbers")
	fs.BoolVar(&o.tree, "tree", false, "list the files in their folders")
	o.limit.addFlag(fs)
	o.net.addProxy(fs)
	o.term.addFlags(fs)
	o.term.addJSON(fs)
}

func newShowCommand(env Env) *cobra.Command {
	o := &showOptions{}
	cmd := &cobra.Command{
		Use:   "show SOURCE",
		Short: "Print what a torrent or magnet link is",
		Long: "Print what a .torrent file, the http(s) URL of one, a magnet link, an infohash or a torrent on stdin (-)\n" +
			"says. Of a link or an infohash nothing is looked up: shoal get --list asks the swarm.",
		Example: "  shoal show ubuntu.torrent\n" +
			"  shoal show --files https://example.org/holiday.torrent\n" +
			"  shoal show --tree holiday.torrent\n" +
			"  shoal show --json 'magnet:?xt=urn:btih:...' | jq -r .infohash",
		ValidArgsFunction: completeTorrents,
		Args:              exactlyOne,
		RunE:              func(cmd *cobra.Command, args []string) error { return runShow(cmd.Context(), env, o, args[0]) },
	}
	o.addFlags(cmd.Flags())
	return cmd
}

func runShow(ctx context.Context, env Env, o *showOptions, arg string) error {
	in, err := loadOne(ctx, env, arg, o.limit, &o.net)
	if err != nil {
		return err
	}
	term := o.term.open(env)
	defer term.Close()
	switch {
	case in.magnet != nil && o.term.json:
		return ui.NewJSON(term.Out).Emit("magnet", newMagnetEvent(in.magnet))
	case in.magnet != nil:
		return showMagnet(term, in.magnet)
	case o.term.json:
		e := newTorrentEvent(in.meta)
		if o.files || o.tree {
			e.Files = listFiles(in.meta.Info, nil)
		}
		return ui.NewJSON(term.Out).Emit("torrent", e)
	}
	if err := showTorrent(term, in.meta); err != nil {
		return err
	}
	switch {
	case o.tree:
		return showTree(term, in.meta.Info)
	case o.files:
		return showFiles(term, listFiles(in.meta.Info, nil))
	}
	return nil
}

// loadOne reads the one source of a verb that talks to no peers.
func loadOne(ctx context.Context, env Env, arg string, limit torrentLimit, net *socketFlags) (loaded, error) {
	sources, err := expandSources(env, []string{arg}, limit)
	if err != nil {
		return loaded{}, err
	}
	if len(sources) != 1 {
		return loaded{}, usagef("read stdin: %d sources where one is wanted", len(sources))
	}
	web := net.fetcher()
	web.limit = limit
	in, err := sources[0].load(ctx, env, web)
	return in, about(sources[0].label(), causeOf(ctx, err))
}

func showTorrent(term *ui.IO, m *metainfo.Metainfo) error {
	e := newTorrentEvent(m)
	pairs := []string{
		"name", e.Name,
		"infohash", e.InfoHash,
		"infohash v2", e.InfoHashV2,
		"format", e.Format,
		"size", sizeText(e.Bytes),
		"pieces", fmt.Sprintf("%s of %s", ui.Count(int64(e.Pieces)), ui.Bytes(e.PieceLength)),
		"files", ui.Count(int64(e.FileCount)),
		"padding", padText(e.Padding),
		"private", yes(e.Private),
		"source", e.Source,
		"comment", e.Comment,
		"created by", e.CreatedBy,
		"created", e.Created,
	}
	for n, tier := range m.Trackers {
		pairs = append(pairs, label("tracker", n, len(m.Trackers)), strings.Join(tier, " "))
	}
	for n, url := range m.WebSeeds {
		pairs = append(pairs, label("web seed", n, len(m.WebSeeds)), url)
	}
	pairs = append(pairs, "dht nodes", strings.Join(m.Nodes, " "), "magnet", e.Magnet)
	if err := term.Fields(pairs...); err != nil {
		return err
	}
	for _, w := range m.Warnings {
		term.Warn(w)
	}
	return nil
}

// showFiles prints files with their numbers and sizes.
func showFiles(term *ui.IO, files []listedFile) error {
	table := term.Table(ui.Column{Title: "#", Right: true}, ui.Column{Title: "size", Right: true}, ui.Column{Title: "file", Flex: true})
	for _, f := range files {
		table.Row(strconv.Itoa(f.Index), sizeCell(term, f.Bytes), f.shownPath())
	}
	return table.Flush()
}

// sizeText is a size for people and for those who count.
func sizeText(n int64) string {
	if n < 1024 {
		return ui.Bytes(n)
	}
	return fmt.Sprintf("%s (%s bytes)", ui.Bytes(n), ui.Count(n))
}

// padText is how much of a hybrid torrent is padding (BEP 47).
func padText(n int64) string {
	if n == 0 {
		return ""
	}
	return sizeText(n)
}

// label numbers a label if there are several.
func label(text string, n, of int) string {
	if of == 1 {
		return text
	}
	return fmt.Sprintf("%s %d", text, n+1)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

// magnetEvent is what a magnet link says.
type magnetEvent struct {
	ui.Ident
	InfoHashV2 string   `json:"infohash_v2,omitempty"`
	Trackers   []string `json:"trackers,omitempty"`
	WebSeeds   []string `json:"web_seeds,omitempty"`
	Peers      []string `json:"peers,omitempty"`
	Select     string   `json:"select,omitempty"` // as --select takes it
	Magnet     string   `json:"magnet"`
}

func newMagnetEvent(m *metainfo.Magnet) magnetEvent {
	e := magnetEvent{Trackers: m.Trackers, WebSeeds: m.WebSeeds, Peers: m.Peers, Select: rangesText(m.Select), Magnet: m.String()}
	e.Name = m.Name
	if m.HasHash {
		e.InfoHash = m.Hash.String()
	}
	if m.HasHashV2 {
		e.InfoHashV2 = m.HashV2.String()
	}
	return e
}

func showMagnet(term *ui.IO, m *metainfo.Magnet) error {
	e := newMagnetEvent(m)
	pairs := []string{"name", e.Name, "infohash", e.InfoHash, "infohash v2", e.InfoHashV2, "files", e.Select}
	for n, url := range e.Trackers {
		pairs = append(pairs, label("tracker", n, len(e.Trackers)), url)
	}
	for n, url := range e.WebSeeds {
		pairs = append(pairs, label("web seed", n, len(e.WebSeeds)), url)
	}
	pairs = append(pairs, "peers", strings.Join(e.Peers, " "), "magnet", e.Magnet)
	return term.Fields(pairs...)
}

// rangesText writes the selection of a link, which counts from 0, as people count.
func rangesText(ranges []metainfo.Range) string {
	var parts []string
	for _, r := range ranges {
		part := strconv.Itoa(r.First + 1)
		if r.Last != r.First {
			part += "-" + strconv.Itoa(r.Last+1)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ",")
}
