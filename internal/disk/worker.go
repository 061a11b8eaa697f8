package disk

// worker is one goroutine of the pool: it hashes pieces, and writes when nobody else writes to the same storage.
type worker struct {
	pool *Pool
	v1   *pieceHash
	v2   *treeHash
	vec  []segment
	buf  []byte // for checking and comparing
}

func (w *worker) run() {
	for {
		j, c, pieces := w.pool.take(w)
		switch {
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
	if j.err != nil {
		s.finished(j, Result{Piece: j.piece, Err: j.err, Blocks: j.blocks})
		return
	}
	v := w.verifier(s)
	v.reset(s.info, j.piece)
	left := s.info.PieceSize(j.piece)
	if int64(len(j.blocks)) != (left+BlockSize-1)/BlockSize {
		s.finished(j, Result{Piece: j.piece, Err: errBadBlocks, Blocks: j.blocks})
		return
	}
	for _, b := range j.blocks {
		n := min(left, BlockSize)
		v.write(b[:n])
		left -= n
	}
	if v.sum() != s.expected(j.piece) {
		s.finished(j, Result{Piece: j.piece, Blocks: j.blocks})
		return
	}
	if !s.queueWrite(j) {
		return // another worker is writing and will come to it
	}
	w.pool.stopHashing()
	for next := s.nextWrite(); next != nil; next = s.nextWrite() {
		s.finished(next, Result{Piece: next.piece, Good: true, Err: s.writePiece(w, next)})
	}
	w.pool.startHashing()
}
