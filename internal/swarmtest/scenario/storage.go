package scenario

import (
	"context"
	"sync"
	"time"

	"github.com/shoal-project/shoal/internal/disk"
)

// Storage is what a torrent of a scenario keeps its content in: a bitmap. It is a swarm.Storage.
type Storage struct {
	content *Content
	memory  *disk.Memory

	// Lie says for each read whether wrong bytes are given; nil: never.
	Lie func() bool
	// Stall says for each read whether it hangs until the storage's context ends; nil: never.
	Stall func() bool
	// Mute keeps to itself what it has: it serves nothing.
	Mute bool
	// WriteTime is how long a piece takes to write. One is written at a time.
	WriteTime time.Duration

	ctx   context.Context
	takes time.Duration // what every write takes, another time at each peer, so that no two end at once

	mu      sync.Mutex
	have    []uint64
	at      []time.Time // when a piece was found to be right
	missing int
	idle    time.Time // when the disk is done with what it was given
	jobs    sync.WaitGroup
	writes  int // pieces handed in that are not done
	most    int // of writes, ever
	bad     int // pieces that were wrong
}

// newStorage makes an empty storage, or a full one. ctx ends what stalls.
func newStorage(ctx context.Context, c *Content, m *disk.Memory, full bool) *Storage {
	n := c.Info.NumPieces()
	s := &Storage{content: c, memory: m, ctx: ctx, have: make([]uint64, (n+63)/64), at: make([]time.Time, n), missing: n}
	if full {
		for i := range n {
			s.have[i>>6] |= 1 << (i & 63)
		}
		s.missing = 0
	}
	return s
}

// Check reports what is there, at once.
func (s *Storage) Check(_ context.Context, progress func(done, total int64)) ([]uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	progress(s.content.Info.Length, s.content.Info.Length)
	return append([]uint64(nil), s.have...), nil
}

// Write verifies a piece, after the time that writing takes.
func (s *Storage) Write(piece int, blocks []*disk.Block, done func(disk.Result)) {
	s.jobs.Add(1)
	s.mu.Lock()
	s.writes++
	s.most = max(s.most, s.writes)
	now := time.Now()
	if s.idle.Before(now) {
		s.idle = now
	}
	s.idle = s.idle.Add(max(s.WriteTime, 1))
	wait := s.idle.Sub(now) + s.takes
	s.mu.Unlock()
	time.AfterFunc(wait, func() {
		defer s.jobs.Done()
		s.write(piece, blocks, done)
	})
}

func (s *Storage) write(piece int, blocks []*disk.Block, done func(disk.Result)) {
	good := true
	first := int64(piece) * s.content.Info.PieceLength / blockSize
	for i, b := range blocks {
		good = good && s.content.right(b, first+int64(i))
	}
	s.mu.Lock()
	s.writes--
	if good {
		s.have[piece>>6] |= 1 << (piece & 63)
		s.missing--
		s.at[piece] = time.Now()
	} else {
		s.bad++
	}
	s.mu.Unlock()
	if good {
		s.memory.Recycle(blocks)
		done(disk.Result{Piece: piece, Good: true})
		return
	}
	done(disk.Result{Piece: piece, Blocks: blocks})
	s.memory.Recycle(blocks)
}

// verified is when each piece was found to be right.
func (s *Storage) verified() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]time.Time(nil), s.at...)
}

// ReadVec makes the bytes up.
func (s *Storage) ReadVec(bufs [][]byte, off int64) error {
	if s.Stall != nil && s.Stall() {
		<-s.ctx.Done()
		return s.ctx.Err()
	}
	lie := s.Lie != nil && s.Lie()
	for _, b := range bufs {
		s.content.fill(b, off)
		if lie {
			b[0] ^= 0xff
			b[len(b)-1] ^= 0xff
		}
		off += int64(len(b))
	}
	return nil
}

// Servable is as in swarm.Storage.
func (s *Storage) Servable(int) bool { return !s.Mute }

// WantedBytes is as in swarm.Storage: everything is wanted.
func (s *Storage) WantedBytes(piece int) int64 { return s.content.Info.PieceSize(piece) }

// Complete is as in swarm.Storage.
func (s *Storage) Complete() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.missing == 0
}

// Checkpoint has nothing to save.
func (s *Storage) Checkpoint(context.Context) error { return nil }

// Close waits for pieces that were handed in.
func (s *Storage) Close(context.Context) error {
	s.jobs.Wait()
	return nil
}
