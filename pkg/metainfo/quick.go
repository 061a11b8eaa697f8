package metainfo

import (
	"context"
	"iter"
	"time"
)

// quick compares sizes and times of files with info.
func quick(ctx context.Context, info *Info, root string, o VerifyOptions) (*Report, error) {
	v := newVerification(info, root, o)
	reports := make([]FileReport, len(info.Files))
	err := parallel(ctx, o.Workers, len(info.Files), 256, func(_ context.Context, ranges iter.Seq2[int, int]) error {
		for first, last := range ranges {
			for n := first; n < last; n++ {
				if stored(&info.Files[n]) {
					reports[n] = quickFile(v, n, o.Newest)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	r := &Report{Root: root, Quick: true, Pieces: info.numPieces}
	for n := range reports {
		if !stored(&info.Files[n]) {
			continue
		}
		r.Files = append(r.Files, reports[n])
		if reports[n].Status == Complete {
			r.GoodBytes += info.Files[n].Length
		}
	}
	if !o.SkipExtra && !info.single {
		r.Extra, err = v.extra(ctx)
	}
	return r, err
}

// quickFile judges one file. Torrents tell their date in whole seconds, so
// what was modified in that very second is not later.
func quickFile(v *verification, n int, newest time.Time) FileReport {
	f := &v.info.Files[n]
	size, modified, err := fileSize(v.path(n))
	r := FileReport{File: n, Size: max(0, size), Err: err}
	switch {
	case err != nil:
		r.Status = Unreadable
	case size < 0:
		r.Status = Missing
	case size != f.Length:
		r.Status = WrongSize
	case !newest.IsZero() && !modified.Before(newest.Truncate(time.Second).Add(time.Second)) && f.Length > 0:
		r.Status, r.Unverified = Unverified, []ByteRange{{0, f.Length}}
	}
	return r
}
