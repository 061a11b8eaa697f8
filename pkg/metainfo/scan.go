package metainfo

import (
	"context"
	"errors"
	"iter"
	"sync"
)

// scan reads a piece space from disk and hashes its pieces on several cores.
// Each worker reads what it hashes, so that data is hashed while it is still
// in that core's cache and no buffer changes hands.
type scan struct {
	info    *Info // Files, PieceLength, Length and the number of pieces
	sha1    bool  // hash pieces the v1 way
	merkle  bool  // hash pieces the v2 way
	workers int   // 0 means GOMAXPROCS
	open    func(file int) (*diskFile, error)
	close   func(file int, f *diskFile) error
	// skip tells which pieces to leave out; nil means none.
	skip func(piece int) bool
	// found takes the hashes of a piece. It is called once for each piece that
	// could be read, by any worker.
	found func(piece int, sum Hash, root Hash256)
	// failed learns of a file that could not be read, by any worker and
	// perhaps several times. It returns nil to go on without the pieces that
	// the file is part of.
	failed   func(file int, err error) error
	progress progress

	blankOnce sync.Once
	blankSum  Hash
	blankRoot Hash256
}

// windowLength is how much a worker reads at a time: little enough to stay in
// a core's second-level cache until it is hashed.
const windowLength = 512 << 10

// run hashes all pieces. It returns the context's error if that ends first.
func (s *scan) run(ctx context.Context) error {
	// As many pieces at a time as fit into the window, and an even number, as
	// they are hashed in pairs.
	step := int(max(2, windowLength/s.info.PieceLength&^1))
	err := parallel(ctx, s.workers, s.info.numPieces, step, s.work)
	if err == nil {
		s.progress.end()
	}
	return err
}

// work is what one goroutine does.
func (s *scan) work(ctx context.Context, ranges iter.Seq2[int, int]) error {
	w := newWorker(s)
	for first, last := range ranges {
		if err := s.runs(first, last, func(a, b int) error { return w.pieces(ctx, a, b) }); err != nil {
			_ = w.reader.done() // the first error is the one to tell
			return err
		}
	}
	return s.tolerate(w.reader.done())
}

// runs calls do for each run of pieces from first up to last that are not to
// be skipped.
func (s *scan) runs(first, last int, do func(first, last int) error) error {
	for at := first; at < last; at++ {
		if s.skip != nil && s.skip(at) {
			continue
		}
		start := at
		for at < last && (s.skip == nil || !s.skip(at)) {
			at++
		}
		if err := do(start, at); err != nil {
			return err
		}
	}
	return nil
}

// tolerate hands a failure to read a file to failed, and returns what that
// makes of it.
func (s *scan) tolerate(err error) error {
	var bad *fileError
	if errors.As(err, &bad) {
		return s.failed(bad.file, bad.err)
	}
	return err
}

// total returns how many bytes the pieces have.
func (s *scan) total() int64 {
	if s.info.HasV1() {
		return s.info.Length
	}
	var n int64
	for f := range s.info.Files {
		n += s.info.Files[f].Length
	}
	return n
}
