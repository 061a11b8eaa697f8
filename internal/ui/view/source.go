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
	Pieces  Pieces
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

// Pieces is how far the pieces are. It may be kept by the view until the next Detail, so it must not
// change.
type Pieces struct {
	Total int
	// Have has a bit for each piece that is there, the high bit of the first byte first (as in BEP 3).
	// Shorter than Total says that the rest is missing.
	Have []byte
	// Coming are the pieces of which blocks are asked for or have come.
	Coming []int
	// Unwanted has a bit for each piece that is not asked for; nil is none.
	Unwanted []byte
	// Available is how many peers have each piece; nil is not known.
	Available []uint16
}

// Finder is a place where peers are looked for: a tracker, the DHT, the local network. Its texts are
// untrusted.
type Finder struct {
	Name   string
	Status string // "12 peers, again in 25m", "no answer: timeout"
	Fault  bool   // something is wrong with it
}
