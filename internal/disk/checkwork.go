package disk

import (
	"errors"

	"github.com/shoal-project/shoal/pkg/metainfo"
)

const (
	// readSize is how much is read at once when data on disk is hashed: little enough to stay in the
	// processor's cache until it is hashed.
	readSize = 256 << 10
	// pairLimit is the largest piece that is hashed together with another, which takes both in memory.
	pairLimit = 16 << 20
)

// pairs tells whether two pieces are hashed side by side, which takes little longer than one.
func (s *Storage) pairs(a, b int) bool {
	n := s.info.PieceSize(a)
	return s.info.HasV1() && n <= pairLimit && n == s.info.PieceSize(b)
}

// check reads pieces from disk and hashes them. What cannot be read is not good; an error means that looking for more
// makes no sense.
func (w *worker) check(s *Storage, pieces []int32) (good [2]bool, err error) {
	if len(pieces) == 2 {
		return w.checkPair(s, int(pieces[0]), int(pieces[1]))
	}
	good[0], err = w.checkOne(s, int(pieces[0]))
	return good, err
}

func (w *worker) checkOne(s *Storage, piece int) (bool, error) {
	v := w.verifier(s)
	v.reset(s.info, piece)
	off, left := int64(piece)*s.info.PieceLength, s.info.PieceSize(piece)
	buf := w.buffer(readSize)
	for left > 0 {
		n := min(left, int64(len(buf)))
		if err := s.ReadAt(buf[:n], off); err != nil {
			return false, fatal(err)
		}
		v.write(buf[:n])
		off += n
		left -= n
	}
	return v.sum() == s.expected(piece), nil
}

func (w *worker) checkPair(s *Storage, a, b int) (good [2]bool, err error) {
	n := s.info.PieceSize(a)
	buf := w.buffer(2 * n)
	errA := s.ReadAt(buf[:n], int64(a)*s.info.PieceLength)
	errB := s.ReadAt(buf[n:], int64(b)*s.info.PieceLength)
	sumA, sumB := metainfo.HashPair(buf[:n], buf[n:])
	good[0] = errA == nil && sumA == s.info.PieceHash(a)
	good[1] = errB == nil && sumB == s.info.PieceHash(b)
	return good, errors.Join(fatal(errA), fatal(errB))
}

// fatal is an error that concerns more than the piece that was being read.
func fatal(err error) error {
	var e *Error
	if errors.As(err, &e) && (e.Kind == IO || e.Kind == Changed) {
		return nil
	}
	return err
}
