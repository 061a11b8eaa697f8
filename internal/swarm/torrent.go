package swarm

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shoal-project/shoal/internal/disk"
	"github.com/shoal-project/shoal/internal/peer"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// Storage is what a torrent needs of its files; *disk.Storage has it.
type Storage interface {
	// Check finds out which pieces are there, as a bitmap: piece i is bit i%64 of word i/64.
	Check(ctx context.Context, progress func(done, total int64)) ([]uint64, error)
	// Write hashes a piece and writes it if it is right. It owns the blocks until after done.
	Write(piece int, blocks []*disk.Block, done func(disk.Result))
	ReadVec(bufs [][]byte, off int64) error
	Servable(piece int) bool
	// WantedBytes is how much of a piece belongs to files that are wanted.
	WantedBytes(piece int) int64
	Checkpoint(ctx context.Context) error
	Complete() bool
	Close(ctx context.Context) error
}

// Memory is the budget for blocks; *disk.Memory has it.
type Memory interface {
	peer.Memory
	Reserve(n int64) bool
	Release(n int64)
	Notify(f func()) (cancel func())
}

// Config is what a torrent is made of.
type Config struct {
	// Hash is the v1 infohash and HashV2 the v2 one; either may be zero, which is unknown or none. The
	// wire knows a v2 infohash by its first 20 bytes.
	Hash    metainfo.Hash
	HashV2  metainfo.Hash256
	PeerID  [20]byte
	Info    *metainfo.Info              // nil: peers give it (BEP 9)
	Layers  map[metainfo.Hash256][]byte // piece layers by root, as far as they are known (BEP 52)
	Client  string                      // what the extension handshake calls us
	Port    uint16                      // where we listen; 0: nowhere
	DHTPort uint16                      // UDP port of our DHT node; 0: none

	Memory Memory
	Open   func(ctx context.Context, info *metainfo.Info, layers map[metainfo.Hash256][]byte) (Storage, error)
	// Dial connects to a peer; try counts the failures before.
	Dial func(ctx context.Context, addr netip.AddrPort, try int) (net.Conn, error)
	// Punch connects to a peer that connects to us at the same time, through the routers of both (BEP 55); nil: it cannot be
	// done.
	Punch func(ctx context.Context, addr netip.AddrPort) (net.Conn, error)
	// External is where peers with addresses like this one see us, as far as that is known; nil: it is not.
	External func(like netip.Addr) netip.AddrPort
	Up, Down []peer.Limiter
	MaxPeers int // 0: 200

	MetadataOnly bool // end when the info dictionary is known
	SeedOnly     bool // the content has to be there: fail where it is not
	SuperSeed    bool // where all of it is there from the start, show pieces one by one (BEP 16)
	Keep         bool // seed after completion
	Sequential   bool
	// Fleeting says that the storage gives pieces up again (Lost): only peers that understand it (BEP 54) are told of them.
	Fleeting bool
	NoPEX    bool // exchange no addresses with peers (BEP 11)

	// WebSeeds gives the web seeds, once the info dictionary is known; nil: none.
	WebSeeds func(*metainfo.Info) []WebSeed

	// OnEvent is called in order from one goroutine at a time, without locks held.
	OnEvent func(Event)
	// OnSeen is told how a peer sees our address (BEP 10 "yourip").
	OnSeen func(by, us netip.Addr)
	// OnDHTNode is told of peers that run a DHT node (BEP 5 "port").
	OnDHTNode func(netip.AddrPort)
	// Rand is the source of every random choice; nil: seeded by the system.
	Rand *rand.Rand
	Log  *slog.Logger
}

// EventKind is what happened to a torrent.
type EventKind int

const (
	Metadata   EventKind = iota + 1 // the info dictionary is known
	Checking                        // hashing of what is there begins
	Checked                         // it is known what is there
	Downloaded                      // every wanted piece was fetched, verified and written; files are being named
	Complete                        // every wanted file has its name
	Warning                         // Err says what; work goes on
)

// Event is one change of state.
type Event struct {
	Kind EventKind
	Err  error
}

// Torrent is one torrent and its peers. Run does the work.
type Torrent struct {
	cfg  Config
	log  *slog.Logger
	wake chan struct{} // something happened that Run has to look at
	conn sync.WaitGroup
	ctx  context.Context // of Run, for connections
	end  context.CancelCauseFunc

	state     atomic.Int32
	checked   atomic.Int64 // bytes looked at while checking
	freed     atomic.Bool  // memory came free
	downBytes atomic.Int64 // payload received
	upBytes   atomic.Int64 // payload sent by peers that are gone
	wasted    atomic.Int64
	ready     atomic.Bool // have, info and storage are set and stay so
	names     atomic.Pointer[Names]
	have      sharedSet // pieces that are verified and can be served

	mu            sync.Mutex
	info          *metainfo.Info
	storage       Storage
	picker        *picker
	verified      bitset // pieces here, servable or not
	want          bitset // pieces that hold something wanted
	wantBytes     int64
	doneBytes     int64 // of wantBytes, verified
	piecesDone    int
	wanted        int       // number of pieces in want
	writing       int       // pieces at the storage
	room          sync.Cond // writing went down
	open          []*partial
	suspects      map[int]*suspicion
	peers         []*Peer
	webSeeds      []*webSeed
	spareSeeds    []WebSeed // used when one of them is dropped
	webFault      error     // why the last web seed that went was dropped
	candidates    candidates
	accepting     bool
	closed        bool
	starving      bool // memory was out when a piece was to be opened
	dialing       int  // connections being made
	layers        map[metainfo.Hash256][]byte
	wantLayers    []*layer
	tree          *metainfo.Tree
	treeRoot      metainfo.Hash256
	wrong         []*wrongPiece
	fetches       int       // peers that are asked for the metadata
	fetching      time.Time // since when
	metadataBytes int64     // that they gave
	earlyBytes    int       // that peers told of their pieces before their number is known
	exchanging    time.Time // since when pieces are traded
	lastSave      time.Time
	saving        bool
	dirty         bool // pieces were written since the last checkpoint
	failure       error
	choker        choker
	super         superSeed
	firstLimit    int // of the picker, until there is one; 0: none
	rateDown      rate
	rateUp        rate
}

// New makes a torrent; nothing happens before Run.
func New(cfg Config) *Torrent {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.MaxPeers == 0 {
		cfg.MaxPeers = 200
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	if cfg.OnEvent == nil {
		cfg.OnEvent = func(Event) {}
	}
	t := &Torrent{cfg: cfg, log: cfg.Log, wake: make(chan struct{}, 1), suspects: make(map[int]*suspicion)}
	t.room.L = &t.mu
	t.candidates.init(cfg.Rand)
	t.choker.rand = cfg.Rand
	t.info = cfg.Info
	t.names.Store(&Names{cfg.Hash, cfg.HashV2})
	t.layers = make(map[metainfo.Hash256][]byte, len(cfg.Layers))
	maps.Copy(t.layers, cfg.Layers)
	t.ctx, t.end = context.WithCancelCause(context.Background())
	return t
}

// signal makes Run look around.
func (t *Torrent) signal() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// fail ends the torrent with an error.
func (t *Torrent) fail(err error) {
	t.mu.Lock()
	if t.failure == nil {
		t.failure = err
	}
	t.mu.Unlock()
	t.signal()
}

// Fail is for faults found elsewhere, such as in the storage's own goroutines.
func (t *Torrent) Fail(err error) { t.fail(err) }

// FileNamed has to be called when a file got its final name, since the last one completes the torrent.
func (t *Torrent) FileNamed() { t.signal() }

// Info is the info dictionary, nil until it is known.
func (t *Torrent) Info() *metainfo.Info {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.info
}

func (t *Torrent) emit(k EventKind) { t.cfg.OnEvent(Event{Kind: k}) }

// warn tells of something that went wrong without ending the work.
func (t *Torrent) warn(err error) { t.cfg.OnEvent(Event{Kind: Warning, Err: err}) }

// validatePiece reports whether index is a piece.
func (t *Torrent) validatePiece(index uint32) error {
	if t.info != nil && int64(index) >= int64(t.info.NumPieces()) {
		return fmt.Errorf("read message: piece %d of %d", index, t.info.NumPieces())
	}
	return nil
}
