package disk

import (
	"context"
	"sync"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// Options say where a torrent's content lies and how it is to be treated.
type Options struct {
	Dir       string // absolute folder; content lies at Dir/Name
	Name      string // instead of Info.Name; "" keeps it
	Select    []bool // a choice for each of Info.Files; nil: all. Padding is never stored.
	Overwrite bool   // replace files in the way; their data still goes through a temporary name
	// ReadOnly serves what is there: nothing is created, written, locked or remembered. Files are opened by
	// their plain paths, through links of the user's own making.
	ReadOnly bool
	Recheck  bool   // trust no state: hash all that is there
	Trusted  bool   // the data was hashed just now: Check looks at names and sizes only
	StateDir string // "": no state is kept
	// MinFree bytes are left free on every file system that is written to: what would take more is not begun, and not written,
	// but gives an *Error of the kind Full with a *SpaceError.
	MinFree int64
	// Layers are the piece layers of a v2 torrent, by root (BEP 52). Torrents with SHA-1 hashes need none.
	Layers map[metainfo.Hash256][]byte

	// OnFile is called when a file got its final name: every byte verified, synced, renamed. It is called
	// from one goroutine at a time, without locks held. Neither function may call Close, which waits for them.
	OnFile func(file int)
	// OnError is called with faults that belong to no call: of syncing and renaming, an *Error mostly. After
	// it nothing is written any more, unless Retry is called.
	OnError func(err error)
}

// Result is what became of a piece that was handed to Write.
type Result struct {
	Piece int
	Good  bool  // the hash was right
	Err   error // why it is not on disk although Good, or why it was not even hashed
	// Blocks are the piece's blocks where it is not Good, to be looked at until done returns. Otherwise they are
	// recycled already.
	Blocks []*Block
}

// Storage is the content of one torrent on disk. Its methods may be called by any number of goroutines.
type Storage struct {
	pool *Pool
	o    Options
	layout
	state stateFiles
	lock  *targetLock
	place placeLock

	volumes []volume // the first is that of the target
	resumed bool     // there was a state at Open

	sealed bool // no more handles are given out; guarded by handles.mu

	syncing sync.Mutex // one sync of data or state at a time

	mu         sync.Mutex
	idle       sync.Cond // a background round or a job ended
	files      []file
	have       bitmap
	missing    int64               // bytes of selected files that are not had
	unfinished int                 // selected files without their final name or not all had
	checked    bool                // Check has run
	dirty      []int               // files to sync at the next checkpoint
	ready      []int               // files that are all verified and want their final name
	made       map[string]struct{} // folders made by us, not yet synced in the folder above
	writes     jobQueue
	writing    bool  // a worker empties writes
	finishing  bool  // a goroutine empties ready
	jobs       int   // handed to Write, not done
	flying     int64 // bytes of selected files in those
	closed     bool
	failure    error // after it nothing is written any more, until Retry
	doubt      bool  // a sync failed: nobody knows what is on disk
	forget     bool
	saved      [32]byte // checksum of the state on disk
	loaded     *state   // what the state said at Open; until Check is through
	uploaded   int64
	downloaded int64
}

// Write takes ownership of the blocks of a piece (all BlockSize long but for the content of the last, which may be
// shorter), hashes them on a worker, writes them if they are right, and recycles them. It returns at once. done is called from a
// worker, without locks held, should not take long and must not call Close; the caller's reservation is the caller's to
// release there.
func (s *Storage) Write(piece int, blocks []*Block, done func(Result)) {
	s.mu.Lock()
	s.jobs++
	s.flying += s.WantedBytes(piece)
	urgent := !s.info.HasV1() || s.flying >= s.missing
	var err error
	switch {
	case s.closed:
		err = ErrClosed
	case s.o.ReadOnly:
		err = ErrReadOnly
	default:
		err = s.failure
	}
	s.mu.Unlock()
	s.pool.submit(job{s: s, piece: piece, blocks: blocks, done: done, err: err, urgent: urgent || err != nil})
}

// finished ends a job: whoever handed it in is told, and its blocks go back.
func (s *Storage) finished(j *job, r Result) {
	blocks, done := j.blocks, j.done
	s.pool.recycle(j)
	if r.Good {
		s.pool.memory.Recycle(blocks)
		done(r)
	} else {
		done(r)
		s.pool.memory.Recycle(blocks)
	}
	s.mu.Lock()
	s.flying -= s.WantedBytes(r.Piece)
	s.jobs--
	if s.jobs == 0 {
		s.idle.Broadcast()
	}
	s.mu.Unlock()
}

// queueWrite queues a hashed piece to be written; true makes the caller the one who writes.
func (s *Storage) queueWrite(j *job) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes.push(j)
	if s.writing {
		return false
	}
	s.writing = true
	return true
}

// nextWrite gives the writer its next piece; with nil it is the writer no more.
func (s *Storage) nextWrite() *job {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.writes.pop()
	if j == nil {
		s.writing = false
	}
	return j
}

// Retry goes on after a fault that OnError told of and whose cause is gone: space was made, what was in the way was moved. After a
// failed sync there is no going on, because nobody knows what is on disk: the fault is returned, and the
// storage has to be closed and opened again.
func (s *Storage) Retry() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure == nil || s.doubt {
		return s.failure
	}
	s.failure, s.ready = nil, nil
	for i := range s.files {
		if x := &s.files[i]; x.ready {
			s.ready = append(s.ready, i)
		}
	}
	s.startFinishing()
	return nil
}

// doubtful marks a fault as one after which nobody knows what is on disk.
func (s *Storage) doubtful(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.doubt = true
	return err
}

// fail keeps anything more from being written, and says why, once.
func (s *Storage) fail(err error) {
	s.mu.Lock()
	first := s.failure == nil
	if first {
		s.failure = err
	}
	s.mu.Unlock()
	if first {
		s.pool.log.Warn("storage failed", "err", err)
		if s.o.OnError != nil {
			s.o.OnError(err)
		}
	}
}

// Info is the torrent whose content this is.
func (s *Storage) Info() *metainfo.Info { return s.info }

// Path is the final name of a file, absolute, whether it is there yet or not.
func (s *Storage) Path(file int) string { return s.path(file) }

// Wanted tells whether a piece holds bytes of a selected file. A piece of nothing but padding is not wanted; Check
// reports it as had if zeros are what it hashes to.
func (s *Storage) Wanted(piece int) bool {
	for c := pieceCursor(s.info, piece); c.next(); {
		if c.file != nowhere && s.selected(c.file) {
			return true
		}
	}
	return false
}

// WantedBytes is how many bytes of a piece belong to selected files.
func (s *Storage) WantedBytes(piece int) (n int64) {
	for c := pieceCursor(s.info, piece); c.next(); {
		if c.file != nowhere && s.selected(c.file) {
			n += c.n
		}
	}
	return n
}

// Servable tells whether all of a piece can be on disk: false where part of it belongs to files that were not selected.
func (s *Storage) Servable(piece int) bool {
	if s.o.Select == nil {
		return true
	}
	for c := pieceCursor(s.info, piece); c.next(); {
		if c.file != nowhere && !s.selected(c.file) {
			return false
		}
	}
	return true
}

func (s *Storage) selected(file int) bool {
	return s.o.Select == nil || s.o.Select[file]
}

// Complete tells whether every selected file has its final name and all its bytes verified.
func (s *Storage) Complete() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.checked && s.unfinished == 0
}

// Need is how many bytes of selected files are not on disk yet.
func (s *Storage) Need() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.missing
}

// Free is how many bytes the file system of Dir has left for this user, -1 where it does not tell.
func (s *Storage) Free() (int64, error) {
	r, err := s.pool.roomAt(s.dir)
	return r.free, err
}

// Totals are the payload bytes sent and received over all runs, as far as the state knows.
func (s *Storage) Totals() (uploaded, downloaded int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.uploaded, s.downloaded
}

// SetTotals sets what the next checkpoint writes down as Totals.
func (s *Storage) SetTotals(uploaded, downloaded int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploaded, s.downloaded = uploaded, downloaded
}

// Forget makes Close remove the state of a storage that is complete.
func (s *Storage) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget = true
}

// Close ends the work: it waits for pieces that were handed in and for files that are getting their names, writes a
// last checkpoint, closes the files and unlocks. When ctx ends first it returns at once with its error; what was
// under way then ends by itself, and the state on disk is the last that was complete.
func (s *Storage) Close(ctx context.Context) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	ended := make(chan error, 1)
	go func() { ended <- s.shut() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Storage) shut() error {
	s.mu.Lock()
	for s.jobs > 0 || s.finishing {
		s.idle.Wait()
	}
	forget := s.forget && s.checked && s.unfinished == 0 && s.failure == nil
	s.mu.Unlock()
	var err error
	if !forget {
		err = s.checkpoint()
	}
	s.pool.release(s)
	s.pool.handles.closeAll(s)
	s.unclaim()
	s.pool.folders.closeAll(s)
	if forget {
		s.state.remove()
	}
	s.unlockAll()
	return err
}
