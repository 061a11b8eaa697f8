package metainfo

import (
	"fmt"
	"slices"
	"time"
)

// Metainfo is a .torrent file, validated. The fields may be changed, and
// Bytes then writes them; the info dictionary always stays as it is.
type Metainfo struct {
	Info *Info
	// Trackers holds the tiers of trackers (BEP 12), with "announce" folded
	// in. Only http, https and udp URLs are kept.
	Trackers  [][]string
	WebSeeds  []string // http and https URLs (BEP 19)
	Nodes     []string // DHT nodes, host:port (BEP 5)
	Comment   string
	CreatedBy string
	// CreationDate has whole seconds. It is zero if the torrent has none.
	CreationDate time.Time
	// PieceLayers holds for each v2 file of more than one piece, by its
	// PiecesRoot, the SHA-256 roots of its pieces, 32 bytes each (BEP 52).
	// They have been checked against the root. Files whose layer the torrent
	// lacks are absent.
	PieceLayers map[Hash256][]byte
	Warnings    []string // what was odd but tolerated

	orig original
}

// original is what a torrent was parsed from, so that Bytes can repeat what
// nobody changed.
type original struct {
	raw    []byte // the whole dictionary
	fields fields
}

// fields are what Bytes writes itself.
type fields struct {
	trackers         [][]string
	webSeeds, nodes  []string
	comment, creator string
	date             int64
	layers           int // how many; one that is there never changes
}

// New returns a Metainfo without trackers for an info dictionary, such as one
// that came from a peer.
func New(info *Info) *Metainfo { return &Metainfo{Info: info} }

// fields returns a copy of what the caller may change.
func (m *Metainfo) fields() fields {
	f := fields{
		webSeeds: slices.Clone(m.WebSeeds),
		nodes:    slices.Clone(m.Nodes),
		comment:  m.Comment,
		creator:  m.CreatedBy,
		layers:   len(m.PieceLayers),
	}
	for _, tier := range m.Trackers {
		f.trackers = append(f.trackers, slices.Clone(tier))
	}
	if !m.CreationDate.IsZero() {
		f.date = m.CreationDate.Unix()
	}
	return f
}

func (m *Metainfo) warn(format string, args ...any) { warn(&m.Warnings, format, args...) }

// warn adds a warning, unless there are so many that nobody reads them.
func warn(list *[]string, format string, args ...any) {
	if len(*list) < maxWarnings {
		*list = append(*list, fmt.Sprintf(format, args...))
	}
}

const maxWarnings = 100
