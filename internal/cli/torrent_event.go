package cli

import (
	"strings"
	"time"

	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// torrentEvent is what there is to know of a torrent, for --json of create and show.
type torrentEvent struct {
	ui.Ident
	InfoHashV2  string       `json:"infohash_v2,omitempty"`
	Format      string       `json:"format"`
	Bytes       int64        `json:"bytes"` // of all files
	PieceLength int64        `json:"piece_length"`
	Pieces      int          `json:"pieces"`
	FileCount   int          `json:"file_count"`        // without padding
	Padding     int64        `json:"padding,omitempty"` // bytes that fill up pieces and are not stored (BEP 47)
	Private     bool         `json:"private"`
	Source      string       `json:"source,omitempty"`
	Comment     string       `json:"comment,omitempty"`
	CreatedBy   string       `json:"created_by,omitempty"`
	Created     string       `json:"created,omitempty"` // RFC 3339
	Trackers    [][]string   `json:"trackers,omitempty"`
	WebSeeds    []string     `json:"web_seeds,omitempty"`
	Nodes       []string     `json:"nodes,omitempty"`
	Warnings    []string     `json:"warnings,omitempty"`
	Lints       []lintEvent  `json:"lints,omitempty"` // what create found odd
	Magnet      string       `json:"magnet"`
	Path        string       `json:"path,omitempty"` // where create wrote it
	Files       []listedFile `json:"files,omitempty"`
}

// listedFile is one file as it is shown: padding is left out and not counted.
type listedFile struct {
	Index int    `json:"index"` // from 1, as --select counts
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
	Link  string `json:"link,omitempty"` // of a symbolic link: the path that it leads to, in the torrent
	Attr  string `json:"attr,omitempty"` // letters as in BEP 47: l link, x executable, h hidden
	Root  string `json:"pieces_root,omitempty"`
}

func newTorrentEvent(m *metainfo.Metainfo) torrentEvent {
	e := torrentEvent{
		Ident: identOf(m.Info), Format: formatOf(m.Info).String(),
		Bytes: m.Info.DataLength(), PieceLength: m.Info.PieceLength, Pieces: m.Info.NumPieces(),
		FileCount: len(shownFiles(m.Info)), Private: m.Info.Private, Source: m.Info.Source,
		Comment: m.Comment, CreatedBy: m.CreatedBy, Trackers: m.Trackers, WebSeeds: m.WebSeeds, Nodes: m.Nodes,
		Warnings: m.Warnings, Magnet: m.Magnet().String(),
	}
	for n := range m.Info.Files {
		if m.Info.Files[n].Pad {
			e.Padding += m.Info.Files[n].Length
		}
	}
	if h, ok := m.Info.InfoHashV2(); ok {
		e.InfoHashV2 = h.String()
	}
	if !m.CreationDate.IsZero() {
		e.Created = m.CreationDate.UTC().Format(time.RFC3339)
	}
	return e
}

// identOf says which torrent an event is about. The infohash is the SHA-1 that clients of v1 and
// hybrid torrents know it by; that of a v2 torrent is told beside it.
func identOf(info *metainfo.Info) ui.Ident {
	return ui.Ident{InfoHash: info.InfoHash().String(), Name: info.Name}
}

// formatOf is the kind of a torrent.
func formatOf(info *metainfo.Info) metainfo.Format {
	switch {
	case info.HasV1() && info.HasV2():
		return metainfo.Hybrid
	case info.HasV2():
		return metainfo.V2
	}
	return metainfo.V1
}

// infohashText is what people copy: the infohash that the torrent's peers meet under.
func infohashText(info *metainfo.Info) string {
	if h, ok := info.InfoHashV2(); ok && !info.HasV1() {
		return h.String()
	}
	return info.InfoHash().String()
}

// listFiles are the files of a torrent as they are shown; picked leaves out those it says no to.
func listFiles(info *metainfo.Info, picked []bool) []listedFile {
	var files []listedFile
	for n, i := range shownFiles(info) {
		if picked == nil || picked[i] {
			files = append(files, newListedFile(n+1, &info.Files[i]))
		}
	}
	return files
}

func newListedFile(number int, f *metainfo.File) listedFile {
	l := listedFile{
		Index: number, Path: strings.Join(f.Path, "/"), Bytes: f.Length, Link: strings.Join(f.Target, "/"), Attr: attrText(f.Attr),
	}
	if !f.PiecesRoot.IsZero() {
		l.Root = f.PiecesRoot.String()
	}
	return l
}

// attrText writes attributes as torrents do (BEP 47).
func attrText(a metainfo.Attr) string {
	var b strings.Builder
	for _, known := range []struct {
		attr   metainfo.Attr
		letter byte
	}{{metainfo.AttrSymlink, 'l'}, {metainfo.AttrExecutable, 'x'}, {metainfo.AttrHidden, 'h'}} {
		if a&known.attr != 0 {
			b.WriteByte(known.letter)
		}
	}
	return b.String()
}

// shownPath is the path of a file, and where it leads if it is a link.
func (f listedFile) shownPath() string {
	if f.Link != "" {
		return f.Path + " -> " + f.Link
	}
	return f.Path
}
