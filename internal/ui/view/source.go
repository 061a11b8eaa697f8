package view

import "github.com/shoal-project/shoal/internal/ui"

// A Source knows the transfers. Its methods are called from one goroutine, a few times a second, and
// should return at once.
type Source interface {
	// Transfers are all that there are, in an order that does not change from call to call.
	Transfers() []Transfer
	// Detail is what there is to know of one of them. It is asked for once a second, for the one that
	// is chosen.
	Detail(id string) Detail
}

// Transfer is one line of the list.
type Transfer struct {
	ID  string // tells it from the others for as long as it is there
	Row ui.Row
}

// Detail is what there is to know of one transfer. What is not known is left empty.
type Detail struct {
	Facts   []Fact
	Peers   []Peer
	Pieces  []Cell // in order, MaxCells at most; empty while it is not known
	Finders []Finder
	// Flags says what the letters of Peer.Flags mean, a line each, for the page of help.
	Flags []string
}

// Fact is a line about a transfer: "infohash", "aaf2…". The value is untrusted, facts with an empty one
// are left out.
type Fact struct{ Label, Value string }

// Peer is one connected peer. Its texts are untrusted.
type Peer struct {
	Address  string // where it is; a name for what has no address
	Client   string
	Flags    string  // letters
	Have     float64 // what it has of the whole, from 0 to 1; below 0 is unknown
	Down, Up int64   // bytes a second, from it and to it
	Received int64   // bytes
	Sent     int64
}

// MaxCells is how many cells a source may divide the pieces into: as many as a large screen can show.
const MaxCells = 4096

// Cell sums up neighbouring pieces.
type Cell struct {
	Pieces int // how many it stands for
	Wanted int // of those, wanted
	Have   int // of all, there
	Coming int // of all, being fetched
	Fewest int // the fewest peers that have one of those that are wanted and missing; -1 where none is, or it is not known
}

// Finder is a place where peers are looked for: a tracker, the DHT, the local network. Its texts are
// untrusted.
type Finder struct {
	Name   string
	Status string // "12 peers, again in 25m", "no answer: timeout"
	Fault  bool   // something is wrong with it
}
