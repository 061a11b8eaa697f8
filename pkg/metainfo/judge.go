package metainfo

// report puts together what was found.
func (v *verification) report() *Report {
	r := &Report{Root: v.root, Pieces: v.info.numPieces}
	for _, state := range v.state {
		if state == pieceGood {
			r.GoodPieces++
		}
	}
	for n := range v.info.Files {
		if stored(&v.info.Files[n]) {
			r.Files = append(r.Files, v.file(n, &r.GoodBytes))
		}
	}
	return r
}

// file judges one file by its size and its pieces.
func (v *verification) file(n int, good *int64) FileReport {
	f, length := &v.info.Files[n], v.info.PieceLength
	r := FileReport{File: n, Size: max(0, v.size[n]), Err: v.errs[n]}
	there := f.Offset + v.there(n)
	for at := f.Offset; at < f.End(); {
		p := at / length
		end := min((p+1)*length, f.End())
		part := ByteRange{at - f.Offset, end - f.Offset}
		switch {
		case v.state[p] == pieceGood:
			*good += end - at
		case v.state[p] == pieceBad || end > there || r.Err != nil:
			addRange(&r.Damaged, part)
		default:
			addRange(&r.Unverified, part)
		}
		at = end
	}
	switch {
	case r.Err != nil:
		r.Status = Unreadable
	case v.size[n] < 0:
		r.Status, r.Damaged, r.Unverified = Missing, nil, nil
	case v.size[n] != f.Length:
		r.Status = WrongSize
	case len(r.Damaged) > 0:
		r.Status = Damaged
	case len(r.Unverified) > 0:
		r.Status = Unverified
	}
	return r
}
