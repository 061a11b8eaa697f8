package disk

import "github.com/shoal-project/shoal/pkg/metainfo"

// worker is one goroutine of the pool: it hashes pieces, and writes when nobody else writes to the same storage.
type worker struct {
	pool *Pool
	v1   *pieceHash
	pair metainfo.SHA1Pair
	v2   *treeHash
	vec  []segment
	buf  []byte // for checking and comparing
}

func (w *worker) run() {
	for {
		j, also, c, pieces := w.pool.take(w)
		switch {
		case also != nil:
			w.piecePair(j, also)
		case j != nil:
			w.piece(j)
		case c != nil:
			good, err := w.check(c.s, pieces)
			c.result(pieces, good, err)
		default:
			return
		}
	}
}

func (w *worker) verifier(s *Storage) verifier {
	if s.info.HasV1() {
		if w.v1 == nil {
			w.v1 = newPieceHash()
		}
		return w.v1
	}
	if w.v2 == nil {
		w.v2 = new(treeHash)
	}
	return w.v2
}

// buffer is the worker's own room for n bytes from disk. It is given up when the worker has nothing to do.
func (w *worker) buffer(n int64) []byte {
	if int64(cap(w.buf)) < n {
		w.buf = make([]byte, n)
	}
	return w.buf[:n]
}

// piece hashes a piece in memory, and has it written if it is right.
func (w *worker) piece(j *job) {
	s := j.s
	switch {
	case j.err != nil:
		s.finished(j, Result{Piece: j.piece, Err: j.err, Blocks: j.blocks})
		return
	case !j.whole():
		s.finished(j, Result{Piece: j.piece, Err: errBadBlocks, Blocks: j.blocks})
		return
	}
	v := w.verifier(s)
	v.reset(s.info, j.piece)
	left := s.info.PieceSize(j.piece)
	for _, b := range j.blocks {
		n := min(left, BlockSize)
		v.write(b[:n])
		left -= n
	}
	if w.hashed(j, v.sum() == s.expected(j.piece)) {
		w.writeOut(s)
	}
}

// piecePair hashes two pieces side by side.
func (w *worker) piecePair(a, b *job) {
	w.pair.Reset()
	left := a.s.info.PieceSize(a.piece)
	for i := range a.blocks {
		n := min(left, BlockSize)
		w.pair.Write(a.blocks[i][:n], b.blocks[i][:n])
		left -= n
	}
	sumA, sumB := w.pair.Sums()
	// Both are queued before either is written: they may go with one turn of writing.
	sa, sb := a.s, b.s // the jobs are not ours once they are queued
	writeA := w.hashed(a, sumA == sa.info.PieceHash(a.piece))
	writeB := w.hashed(b, sumB == sb.info.PieceHash(b.piece))
	if writeA {
		w.writeOut(sa)
	}
	if writeB {
		w.writeOut(sb)
	}
}

// hashed ends a piece that is wrong, and queues one that is right to be written; true makes the caller the one who
// writes.
func (w *worker) hashed(j *job, good bool) bool {
	if !good {
		j.s.finished(j, Result{Piece: j.piece, Blocks: j.blocks})
		return false
	}
	return j.s.queueWrite(j)
}

// writeOut writes what is queued for a storage.
func (w *worker) writeOut(s *Storage) {
	w.pool.stopHashing()
	for next := s.nextWrite(); next != nil; next = s.nextWrite() {
		s.finished(next, Result{Piece: next.piece, Good: true, Err: s.explain(s.writePiece(w, next))})
	}
	w.pool.startHashing()
}
