// Package session is the engine as one thing: one set of sockets, one DHT node, one pool of hashing
// workers and block memory, the limits of the process, and many torrents. It takes torrents in and
// gives events and values out. It holds no idea of one torrent per process, of flags or of a
// terminal: a daemon and a command both sit on top of it.
package session

import (
	"errors"
	"io"
	"log/slog"
	"net/netip"
	"time"

	"github.com/shoal-project/shoal/internal/network"
	"github.com/shoal-project/shoal/internal/network/mse"
	"github.com/shoal-project/shoal/internal/swarm"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// Sentinel errors that a caller decides by.
var (
	ErrNoMetadata = errors.New("no peer gave the metadata")
	ErrClosed     = errors.New("the session is closed")
	ErrDuplicate  = errors.New("this torrent is here already")
	ErrIncomplete = swarm.ErrIncomplete // of SeedOnly
)

// Config is what a session is made of. The zero value is a working session on any port with all
// sources of peers on and nothing kept on disk but the content.
type Config struct {
	Ports      network.PortRange  // zero: any free port
	Bind       string             // address or interface; "" any
	IPv4, IPv6 bool               // only this family; both false: both
	Proxy      *network.Proxy     // carries everything; what it cannot carry is left out: DHT, UDP trackers, incoming peers
	Blocklist  *network.Blocklist // who is not to be a peer
	Down, Up   int64              // bytes a second for the process; 0 unlimited
	MaxPeers   int                // connections a torrent; 0: 200

	NoDHT, NoLSD, NoPEX, NoTrackers, NoPortMap, NoUTP bool
	Encryption                                        mse.Policy // the zero value is off
	DHTBootstrap                                      []string   // host:port; nil: the well-known routers

	StateDir string // resume state; "": none
	CacheDir string // DHT table; "": none
	Memory   int64  // budget for blocks in bytes; 0: 256 MiB

	ClientVersion string // e.g. "0.1.0": for the peer id, the extension handshake and HTTP
	Log           *slog.Logger
}

// AddOptions says what to share or fetch and how. Exactly one of Metainfo and Magnet is set.
type AddOptions struct {
	Metainfo *metainfo.Metainfo
	Magnet   *metainfo.Magnet

	Dir  string // the folder that the content lies in, as Dir/Name; absolute or relative to the working folder
	Name string // instead of the torrent's own name; "" keeps it

	// Place, if set, decides Dir and Name once the metadata is known.
	Place func(*metainfo.Info) (dir, name string)
	// Select picks files once the metadata is known (one answer per Info.Files entry); nil: all.
	Select func(*metainfo.Info) ([]bool, error)
	// MetadataOnly stops after the metadata: nothing is checked, created or fetched.
	MetadataOnly bool
	// SeedOnly serves what lies in Dir and never creates or writes anything there.
	SeedOnly bool
	// Trusted says that the data was hashed just now (by create): no check before seeding.
	Trusted   bool
	MinFree   int64 // bytes that are left free on every file system that is written to; a *disk.SpaceError tells
	Overwrite bool  // replace files that are in the way
	Check     bool  // hash everything that is there, trust no state
	// Keep stays after completion and seeds until removed. Without it the torrent ends when done.
	Keep       bool
	Sequential bool
	SuperSeed  bool // where all of it is there from the start, show each peer a few pieces at a time (BEP 16)

	// Stream, if set, gets the one file that Select picks, in order, as its pieces are verified. Nothing is put on disk, Dir
	// and the fields about files there have no meaning, and there is nothing to go on with later. The torrent is complete
	// when the last byte was written; a fault of Write fails it. A Write that waits holds everything up, which
	// Stats.Blocked tells. More or less than one file gives ErrNotOneFile.
	Stream io.Writer

	Peers    []string   // host:port, given by the user
	Trackers [][]string // tiers besides the torrent's own
	Nodes    []string   // DHT nodes, host:port
	WebSeeds []string   // http and https URLs besides the torrent's own, trusted to be on this machine or network

	// OnEvent is called for each event of this torrent, in order, from one goroutine; it may block a
	// little, and must not call Remove or Close.
	OnEvent func(Event)
}

// Kind is what happened.
type Kind int

const (
	Metadata Kind = iota + 1 // the info dictionary is known (at once for a .torrent)
	Checking                 // hashing of what is there began
	Checked                  // it is known what is there; Downloading or Seeding follows
	FileDone                 // Event.File has its final name: verified, synced, renamed
	Complete                 // every wanted file is there under its final name
	Seeding                  // all that is wanted is there and is being served
	Warning                  // Event.Err, work goes on (tracker failed, peer banned)
	Failed                   // Event.Err, work on this torrent ended
)

// Event is one change of state of a torrent.
type Event struct {
	Kind Kind
	Time time.Time
	File int   // FileDone: index into Info.Files
	Err  error // Warning, Failed
}

// State is where a torrent is in its life.
type State int

const (
	StateMetadata    State = iota // waiting for the info dictionary
	StateChecking                 // hashing what is there
	StateDownloading              // fetching
	StateFinishing                // all pieces are verified, files are being synced and named
	StateSeeding                  // complete, and served
	StateComplete                 // complete, and not kept
	StateFailed
	StateStopped
)

// Stats is a snapshot of a torrent, cheap enough to be taken several times a second.
type Stats struct {
	State    State
	Name     string           // may come from the magnet until the metadata is known
	InfoHash metainfo.Hash    // of v1; the beginning of the v2 one where there is none
	HashV2   metainfo.Hash256 // zero if there is none
	Info     *metainfo.Info   // nil until known

	Total    int64 // bytes wanted
	Done     int64 // of those, verified bytes plus blocks that are in memory
	Verified int64 // of those, verified
	Checked  int64 // while checking: bytes looked at, of Total

	Downloaded, Uploaded int64 // payload of this run
	AllUploaded          int64 // over all runs known to the state
	AllDownloaded        int64
	Wasted               int64 // payload that had to be thrown away: duplicates, bad pieces
	RateDown, RateUp     int64 // bytes a second, smoothed

	Peers, Seeds, Connecting, Known, Banned int
	SwarmSeeds, SwarmLeechers               int // in the whole swarm, as trackers count; -1 unknown
	Pieces, PiecesDone                      int
	ETA                                     time.Duration // 0: unknown or done
	Blocked                                 bool          // the reader of a stream takes nothing
	Note                                    string        // why nothing moves, in a few words; "" when it moves
}

// PeerInfo is one connected peer, for views of peers.
type PeerInfo struct {
	Addr             netip.AddrPort
	Client           string // untrusted text
	Incoming, Seed   bool
	Downloaded       int64 // payload from it
	Uploaded         int64 // payload to it
	RateDown, RateUp int64
	Choked, Choking  bool   // it chokes us; we choke it
	Interested       bool   // it wants from us
	Interesting      bool   // it has what we want
	Source           string // "webseed" has no Addr
}

// Cell sums up neighbouring pieces, for a map of a torrent.
type Cell = swarm.Cell

// TrackerInfo is the state of one tracker of a torrent, for views of trackers.
type TrackerInfo struct {
	URL             string    // without its secrets
	Last, Next      time.Time // when it last answered well, and when it is asked next; zero: never, or not known
	Err             error     // what went wrong last; nil if nothing did. It may hold untrusted text.
	Warning         string    // what it said besides; untrusted text
	Seeds, Leechers int       // -1 where it did not tell
	Peers           int       // addresses that it gave last
}

// The rest of the package's face, for orientation:
//
//	func New(Config) (*Session, error)
//	func (s *Session) Add(AddOptions) (*Torrent, error)   // returns at once; work goes on behind it
//	func (s *Session) SetLimits(down, up int64)
//	func (s *Session) Port() uint16
//	func (s *Session) DHTNodes() int
//	func (s *Session) Close(ctx) error                    // goodbyes to trackers, final checkpoints, bounded by ctx
//	func (t *Torrent) Stats() Stats
//	func (t *Torrent) Peers() []PeerInfo
//	func (t *Torrent) Map(n int) []Cell                   // the pieces, in at most n cells
//	func (t *Torrent) Trackers() []TrackerInfo
//	func (t *Torrent) Metainfo() *metainfo.Metainfo       // nil until the metadata is known; for a magnet with the trackers it named
//	func (t *Torrent) Done() <-chan struct{}              // closed when the work on it ended: complete (without Keep), failed, removed
//	func (t *Torrent) Err() error                         // after Done: nil if complete
//	func (t *Torrent) AddPeers(...netip.AddrPort)
//	func (t *Torrent) Remove(ctx) error                   // goodbye, final checkpoint
