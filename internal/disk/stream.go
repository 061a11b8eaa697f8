package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

// StreamOptions say what is streamed and to whom.
type StreamOptions struct {
	File   int       // of Info.Files
	To     io.Writer // gets the bytes of the file, in order
	Memory *Memory   // that the blocks come from
	// Layers are the piece layers of a v2 torrent, by root (BEP 52). Torrents with SHA-1 hashes need none.
	Layers map[metainfo.Hash256][]byte

	// The functions are called without locks held, from one goroutine at a time, and must not call Close.

	// OnMoved says that pieces before next have been written to To, and that pieces before limit may be fetched.
	OnMoved func(next, limit int)
	// OnGone says that a piece can be read no longer.
	OnGone func(piece int)
	// OnEnd says that all was written, or why writing failed.
	OnEnd func(err error)
}

// How much of a stream is in memory at once: what comes next, and a part of what has been written, so that it can be
// given to others too. A piece larger than that is held alone.
const (
	streamAhead  = 64 << 20
	streamBehind = 16 << 20
)

// errGone says that a piece of a stream is not in memory.
var errGone = errors.New("the piece has been passed on")

// Stream is one file of a torrent on its way to a reader that takes it in order. Nothing of it lies on disk: pieces are
// held in memory from the time they are verified until a while after they were passed on.
type Stream struct {
	info        *metainfo.Info
	o           StreamOptions
	first, last int // pieces of the file; last < first where it is empty
	verify      sync.Pool

	mu     sync.Mutex
	moved  sync.Cond
	held   map[int]*heldPiece
	next   int // piece that is passed on next
	behind int64
	jobs   sync.WaitGroup
	writer sync.WaitGroup
	err    error
	closed bool
}

// heldPiece is a verified piece in memory.
type heldPiece struct {
	blocks   []*Block
	reserved bool
}

// NewStream makes a stream. Bytes flow once Check was called.
func NewStream(info *metainfo.Info, o StreamOptions) *Stream {
	s := &Stream{info: info, o: o, held: make(map[int]*heldPiece)}
	s.moved.L = &s.mu
	s.first, s.last = piecesOf(info, o.File)
	if info.Files[o.File].Length == 0 {
		s.first, s.last = 0, -1
	}
	s.next = s.first
	s.verify.New = func() any {
		if info.HasV1() {
			return newPieceHash()
		}
		return new(treeHash)
	}
	return s
}

// limit is the piece that may not be fetched yet. The lock is held.
func (s *Stream) limit() int { return s.next + max(2, int(streamAhead/s.info.PieceLength)) }

// Check finds nothing, as nothing is kept, and lets the bytes flow.
func (s *Stream) Check(context.Context, func(done, total int64)) ([]uint64, error) {
	s.o.OnMoved(s.next, s.limit())
	s.writer.Go(s.pass)
	return newBitmap(s.info.NumPieces()), nil
}

// Write verifies a piece and holds it until its turn has come.
func (s *Stream) Write(piece int, blocks []*Block, done func(Result)) {
	s.mu.Lock()
	closed := s.closed
	if !closed {
		s.jobs.Add(1)
	}
	s.mu.Unlock()
	if closed {
		done(Result{Piece: piece, Err: ErrClosed, Blocks: blocks})
		s.o.Memory.Recycle(blocks)
		return
	}
	go func() {
		defer s.jobs.Done()
		if !s.right(piece, blocks) {
			done(Result{Piece: piece, Blocks: blocks})
			s.o.Memory.Recycle(blocks)
			return
		}
		h := &heldPiece{blocks: blocks, reserved: s.o.Memory.Reserve(s.info.PieceSize(piece))}
		s.mu.Lock()
		s.held[piece] = h
		s.moved.Broadcast()
		s.mu.Unlock()
		done(Result{Piece: piece, Good: true})
	}()
}

// right hashes a piece.
func (s *Stream) right(piece int, blocks []*Block) bool {
	v := s.verify.Get().(verifier)
	defer s.verify.Put(v)
	v.reset(s.info, piece)
	left := s.info.PieceSize(piece)
	for _, b := range blocks {
		n := min(left, BlockSize)
		v.write(b[:n])
		left -= n
	}
	return v.sum() == expected(s.info, s.o.Layers, piece)
}

// pass hands the pieces on, one after the other.
func (s *Stream) pass() {
	for piece := s.first; piece <= s.last; piece++ {
		s.mu.Lock()
		for s.held[piece] == nil && !s.closed {
			s.moved.Wait()
		}
		h, closed := s.held[piece], s.closed
		s.mu.Unlock()
		if closed {
			return
		}
		if err := s.writeOut(piece, h.blocks); err != nil {
			s.end(fmt.Errorf("write stream: %w", err))
			return
		}
		s.mu.Lock()
		s.next = piece + 1
		next, limit := s.next, s.limit()
		s.behind += s.info.PieceSize(piece)
		gone := s.overdue()
		s.mu.Unlock()
		for _, i := range gone {
			s.drop(i)
		}
		s.o.OnMoved(next, limit)
	}
	s.end(nil)
}

// end notes that all was written, or what went wrong.
func (s *Stream) end(err error) {
	s.mu.Lock()
	s.err = err
	if err == nil {
		s.next = s.last + 1
	}
	s.mu.Unlock()
	s.o.OnEnd(err)
}

// overdue takes out of account what has been passed on long ago, and says which pieces that are. The lock is held.
func (s *Stream) overdue() (gone []int) {
	oldest := s.next
	for s.held[oldest-1] != nil {
		oldest--
	}
	for ; oldest < s.next && s.behind > streamBehind; oldest++ {
		s.behind -= s.info.PieceSize(oldest)
		gone = append(gone, oldest)
	}
	return gone
}

// drop gives the memory of a piece back.
func (s *Stream) drop(piece int) {
	s.mu.Lock()
	h := s.held[piece]
	delete(s.held, piece)
	s.mu.Unlock()
	s.o.OnGone(piece)
	s.free(piece, h)
}

func (s *Stream) free(piece int, h *heldPiece) {
	s.o.Memory.Recycle(h.blocks)
	if h.reserved {
		s.o.Memory.Release(s.info.PieceSize(piece))
	}
}

// writeOut writes the part of a piece that belongs to the file.
func (s *Stream) writeOut(piece int, blocks []*Block) error {
	f := &s.info.Files[s.o.File]
	begin := int64(piece) * s.info.PieceLength
	for i, b := range blocks {
		at := begin + int64(i)*BlockSize
		from, to := max(f.Offset-at, 0), min(f.Offset+f.Length-at, BlockSize)
		if from >= to {
			continue
		}
		if _, err := s.o.To.Write(b[from:to]); err != nil {
			return err
		}
	}
	return nil
}

// ReadVec reads what is in memory still.
func (s *Stream) ReadVec(bufs [][]byte, off int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range bufs {
		for len(b) > 0 {
			h := s.held[int(off/s.info.PieceLength)]
			if h == nil {
				return errGone
			}
			in := off % s.info.PieceLength
			n := copy(b, h.blocks[in/BlockSize][in%BlockSize:])
			b, off = b[n:], off+int64(n)
		}
	}
	return nil
}

// Servable is true of what is in memory.
func (s *Stream) Servable(piece int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held[piece] != nil
}

// WantedBytes is how many bytes of a piece belong to the file.
func (s *Stream) WantedBytes(piece int) int64 {
	f := &s.info.Files[s.o.File]
	begin := int64(piece) * s.info.PieceLength
	return max(0, min(begin+s.info.PieceSize(piece), f.Offset+f.Length)-max(begin, f.Offset))
}

// Waiting reports whether the next piece is here and the reader does not take it.
func (s *Stream) Waiting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next <= s.last && s.held[s.next] != nil
}

// Checkpoint has nothing to do: nothing is kept.
func (s *Stream) Checkpoint(context.Context) error { return nil }

// Complete tells whether the whole file was written.
func (s *Stream) Complete() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err == nil && s.next > s.last
}

// Close ends the work and gives all memory back. A reader that takes nothing is not waited for: what is being written
// to it stays held until it does.
func (s *Stream) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	s.moved.Broadcast()
	s.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		s.jobs.Wait()
		s.writer.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		for i, h := range s.held {
			s.free(i, h)
		}
		clear(s.held)
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
