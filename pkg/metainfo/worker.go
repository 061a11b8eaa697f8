package metainfo

import (
	"context"
	"crypto/sha1"
	"hash"
)

// worker hashes runs of pieces for a scan.
type worker struct {
	*scan
	reader reader
	window []byte
	pair   SHA1Pair
	single hash.Hash
	leaves [2]leaves // of the two pieces of a pair
}

func newWorker(s *scan) *worker {
	w := &worker{
		scan:   s,
		reader: reader{info: s.info, open: s.open, close: s.close},
		window: make([]byte, windowLength),
		single: sha1.New(),
	}
	for i := range w.leaves {
		w.leaves[i] = leaves{info: s.info, off: !s.merkle}
	}
	return w
}

// pieces hashes a run of pieces. Those that lie in holes of files are not read.
func (w *worker) pieces(ctx context.Context, first, last int) error {
	for first < last {
		end := first
		for end < last && !w.blank(end) {
			end++
		}
		if end > first {
			if err := w.run(ctx, first, end); err != nil {
				return err
			}
		}
		if first = end; end < last {
			sum, root := w.blankPiece()
			w.report(end, sum, root)
			first++
		}
	}
	return nil
}

// blank tells whether a piece is whole and lies in a hole of a file.
func (w *worker) blank(p int) bool {
	size := w.info.PieceLength
	return w.info.PieceSize(p) == size && w.reader.hole(int64(p)*size, size)
}

// run hashes a run of pieces, together where that is faster. When one of them
// cannot be read, the others still are.
func (w *worker) run(ctx context.Context, first, last int) error {
	together := w.together(first, last)
	if together != nil {
		err := together(ctx, first, last)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // whoever cancelled tells why
		}
		if err := w.tolerate(err); err != nil {
			return err
		}
	}
	for p := first; p < last; p++ {
		if err := w.tolerate(w.one(ctx, p)); err != nil {
			return err
		}
	}
	return nil
}

// together returns how to hash several pieces at once, or nil if they are
// better hashed one by one. It reports either all pieces or none.
func (w *worker) together(first, last int) func(ctx context.Context, first, last int) error {
	switch {
	case last-first < 2:
		return nil
	case int64(last-first)*w.info.PieceLength <= windowLength:
		return w.many
	case last-first == 2 && w.sha1 && w.info.PieceSize(first) == w.info.PieceSize(first+1):
		return w.two
	}
	return nil
}

// many hashes pieces that fit into the window together.
func (w *worker) many(ctx context.Context, first, last int) error {
	start := int64(first) * w.info.PieceLength
	end := int64(last-1)*w.info.PieceLength + w.info.PieceSize(last-1)
	data := w.window[:end-start]
	if err := w.read(ctx, start, data); err != nil {
		return err
	}
	var sums [2]Hash
	var parts [2][]byte
	for p := first; p < last; p += 2 {
		n := min(2, last-p)
		parts[1] = nil
		for i := range n {
			at := int64(p+i-first) * w.info.PieceLength
			parts[i] = data[at : at+w.info.PieceSize(p+i)]
		}
		if w.sha1 {
			sums[0], sums[1] = w.sumPair(parts[0], parts[1])
		}
		for i := range n {
			w.leaves[0].start(p + i)
			w.leaves[0].add(parts[i])
			w.report(p+i, sums[i], w.leaves[0].root())
		}
	}
	return nil
}

func (w *worker) sumPair(a, b []byte) (Hash, Hash) {
	if len(a) != len(b) {
		return sha1.Sum(a), sha1.Sum(b)
	}
	w.pair.Reset()
	w.pair.Write(a, b)
	return w.pair.Sums()
}

// two hashes two long pieces of the same size side by side.
func (w *worker) two(ctx context.Context, first, _ int) error {
	const half = windowLength / 2
	start, size := int64(first)*w.info.PieceLength, w.info.PieceSize(first)
	w.pair.Reset()
	w.leaves[0].start(first)
	w.leaves[1].start(first + 1)
	for at := int64(0); at < size; at += half {
		n := min(half, size-at)
		a, b := w.window[:n], w.window[half:half+n]
		if err := w.read(ctx, start+at, a); err != nil {
			return err
		}
		if err := w.read(ctx, start+w.info.PieceLength+at, b); err != nil {
			return err
		}
		w.pair.Write(a, b)
		w.leaves[0].add(a)
		w.leaves[1].add(b)
	}
	sumA, sumB := w.pair.Sums()
	w.report(first, sumA, w.leaves[0].root())
	w.report(first+1, sumB, w.leaves[1].root())
	return nil
}

// one hashes one piece through the window.
func (w *worker) one(ctx context.Context, p int) error {
	start, size := int64(p)*w.info.PieceLength, w.info.PieceSize(p)
	w.single.Reset()
	w.leaves[0].start(p)
	for at := int64(0); at < size; at += windowLength {
		data := w.window[:min(windowLength, size-at)]
		if err := w.read(ctx, start+at, data); err != nil {
			return err
		}
		if w.sha1 {
			w.single.Write(data)
		}
		w.leaves[0].add(data)
	}
	var sum Hash
	w.single.Sum(sum[:0])
	w.report(p, sum, w.leaves[0].root())
	return nil
}

// read fills data from the piece space, unless the context has ended.
func (w *worker) read(ctx context.Context, off int64, data []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return w.reader.read(off, data)
}

// report hands on a finished piece.
func (w *worker) report(p int, sum Hash, root Hash256) {
	w.found(p, sum, root)
	w.progress.add(w.info.PieceSize(p))
}
