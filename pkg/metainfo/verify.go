package metainfo

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// VerifyOptions says how Verify works. The zero value will do.
type VerifyOptions struct {
	// PieceLayers are those of Metainfo. Without them, a damaged file of a v2
	// torrent counts as damaged all over, and of a hybrid torrent only the v1
	// hashes are checked. A v1 torrent has none.
	PieceLayers map[Hash256][]byte
	Workers     int // goroutines that hash; 0 means GOMAXPROCS
	// Progress is told how many bytes are checked, about ten times a second and
	// at the end. Calls do not overlap, but come from several goroutines.
	Progress func(done, total int64)
	// SkipExtra leaves out the search for files that are not in the torrent.
	SkipExtra bool
	// Quick looks at sizes and times and hashes nothing. A file of the right
	// size is Complete then, or Unverified if it was modified after Newest.
	Quick bool
	// Newest is the time of the torrent's creation, or zero where that is not
	// known; times do not matter then.
	Newest time.Time
}

// Verify hashes files on disk and compares them with info. root is the folder
// that contains Info.Name, or what is shared itself: the folder of a
// multi-file torrent or the file of a single-file one, under whatever name.
//
// What is wrong with files is in the report; the error is for a root that
// does not exist, and for ctx. Nothing is ever written.
func Verify(ctx context.Context, info *Info, root string, o VerifyOptions) (*Report, error) {
	root, err := dataRoot(info, root)
	if err != nil {
		return nil, fmt.Errorf("verify torrent: %w", err)
	}
	if o.Quick {
		return quick(ctx, info, root, o)
	}
	v := newVerification(info, root, o)
	if err := v.measure(ctx, o.Workers); err != nil {
		return nil, err
	}
	if err := v.hash(ctx, &o); err != nil {
		return nil, err
	}
	r := v.report()
	if !o.SkipExtra && !info.single {
		r.Extra, err = v.extra(ctx)
	}
	return r, err
}

func newVerification(info *Info, root string, o VerifyOptions) *verification {
	return &verification{
		info:   info,
		layers: o.PieceLayers,
		root:   root,
		size:   make([]int64, len(info.Files)),
		errs:   make([]error, len(info.Files)),
		state:  make([]pieceState, info.numPieces),
	}
}

// pieceState is what is known about a piece.
type pieceState uint8

const (
	pieceUnread pieceState = iota // some of its bytes are not there
	pieceGood
	pieceBad
)

// verification is a Verify that is running.
type verification struct {
	info   *Info
	layers map[Hash256][]byte
	root   string
	size   []int64 // of each file on disk, -1 if it is missing
	state  []pieceState
	roots  []Hash256 // of pieces, for v2 files without a layer

	mu   sync.Mutex
	errs []error // for each file why it cannot be read
}

// path returns where a file of the torrent lies on disk.
func (v *verification) path(file int) string {
	if v.info.single {
		return v.root
	}
	return filepath.Join(append([]string{v.root}, v.info.Files[file].Path...)...)
}

// stored tells whether a file of the torrent lies on disk at all.
func stored(f *File) bool { return !f.Pad && f.Attr&AttrSymlink == 0 }

// measure finds out which files are there, and how long they are.
func (v *verification) measure(ctx context.Context, workers int) error {
	return parallel(ctx, workers, len(v.info.Files), 256, func(_ context.Context, ranges iter.Seq2[int, int]) error {
		for first, last := range ranges {
			for n := first; n < last; n++ {
				if stored(&v.info.Files[n]) {
					v.size[n], _, v.errs[n] = fileSize(v.path(n))
				}
			}
		}
		return nil
	})
}

// fileSize returns the bytes of a file and when it was modified. The size is
// -1 if it cannot be read; an error tells why, unless there is no such file.
func fileSize(path string) (size int64, modified time.Time, err error) {
	st, err := os.Stat(path)
	switch {
	case err == nil && st.Mode().IsRegular():
		return st.Size(), st.ModTime(), nil
	case err == nil:
		return -1, time.Time{}, &os.PathError{Op: "read", Path: path, Err: errIrregular}
	case isAbsent(err):
		return -1, time.Time{}, nil
	}
	return -1, time.Time{}, err
}

// there returns how many bytes of a file can be read.
func (v *verification) there(file int) int64 {
	f := &v.info.Files[file]
	if !stored(f) {
		return f.Length
	}
	return max(0, min(v.size[file], f.Length))
}

// hash checks all pieces whose bytes are there.
func (v *verification) hash(ctx context.Context, o *VerifyOptions) error {
	lacking := v.lacking()
	s := &scan{
		info:    v.info,
		sha1:    v.info.HasV1(),
		merkle:  v.info.v2 && (v.layers != nil || !v.info.HasV1()),
		workers: o.Workers,
		open:    func(file int) (*diskFile, error) { return openFile(v.path(file)) },
		close:   func(_ int, f *diskFile) error { return f.close() },
		skip:    func(p int) bool { return lacking[p] },
		found:   v.found,
		failed:  v.failed,
	}
	if !v.info.HasV1() {
		v.roots = make([]Hash256, v.info.numPieces)
	}
	s.progress.call = o.Progress
	s.progress.total = s.total()
	if err := s.run(ctx); err != nil {
		return err
	}
	if v.roots != nil {
		v.checkRoots()
	}
	return nil
}

// lacking returns the pieces that have bytes which are not there.
func (v *verification) lacking() []bool {
	lacking := make([]bool, v.info.numPieces)
	for n := range v.info.Files {
		f := &v.info.Files[n]
		if there := v.there(n); there < f.Length {
			first, last := (f.Offset+there)/v.info.PieceLength, (f.End()-1)/v.info.PieceLength
			for p := first; p <= last; p++ {
				lacking[p] = true
			}
		}
	}
	return lacking
}

// found judges a piece by its hash. Each piece comes once, so workers write to
// different places.
func (v *verification) found(p int, sum Hash, root Hash256) {
	good := !v.info.HasV1() || sum == v.info.PieceHash(p)
	if v.info.v2 && !root.IsZero() {
		want, known := v.info.PieceRoot(p, v.layers)
		switch {
		case known:
			good = good && root == want
		case v.roots != nil:
			v.roots[p] = root
			return
		}
	}
	v.state[p] = pieceBad
	if good {
		v.state[p] = pieceGood
	}
}

// failed remembers why a file could not be read.
func (v *verification) failed(file int, err error) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.errs[file] == nil {
		v.errs[file] = err
	}
	return nil
}

// checkRoots judges v2 files whose piece layer is not known: all of their
// pieces together, by the root of the file.
func (v *verification) checkRoots() {
	pad := ZeroRoot(int(v.info.PieceLength / leafLength))
	for n := range v.info.Files {
		f := &v.info.Files[n]
		first := int(f.Offset / v.info.PieceLength)
		last := first + int(ceilDiv(f.Length, v.info.PieceLength))
		if _, known := v.layers[f.PiecesRoot]; last-first < 2 || known {
			continue
		}
		roots := v.roots[first:last]
		if slices.Contains(roots, Hash256{}) {
			continue // a piece that was not read
		}
		state := pieceBad
		if Root(roots, pad, ceilPow2(len(roots))) == f.PiecesRoot {
			state = pieceGood
		}
		for p := first; p < last; p++ {
			v.state[p] = state
		}
	}
}
