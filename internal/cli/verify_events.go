package cli

import (
	"strings"

	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// checkedFile is the event of one file that verify looked at.
type checkedFile struct {
	ui.Ident
	Index   int         `json:"index"` // from 1, as --select counts
	Path    string      `json:"path"`
	Status  string      `json:"status"` // complete, damaged, missing, wrong size, unreadable, unverified
	Bytes   int64       `json:"bytes"`  // that the torrent says it has
	OnDisk  int64       `json:"bytes_on_disk"`
	Damaged []byteRange `json:"damaged,omitempty"`
	Message string      `json:"message,omitempty"`
}

// extraFile is the event of a file that is not in the torrent.
type extraFile struct {
	ui.Ident
	Path   string `json:"path"`
	Status string `json:"status"` // extra
}

// byteRange is from start up to but not including end.
type byteRange struct {
	Start int64 `json:"start"`
	End   int64 `json:"end"`
}

// checkSummary is the last event of verify.
type checkSummary struct {
	ui.Ident
	Code       int   `json:"code"`
	Pieces     int   `json:"pieces"`
	GoodPieces int   `json:"good_pieces"`
	Bytes      int64 `json:"bytes"`
	GoodBytes  int64 `json:"good_bytes"`
	Wrong      int   `json:"wrong"` // files that are not complete
	Extra      int   `json:"extra"`
}

func emitReport(term *ui.IO, info *metainfo.Info, r *metainfo.Report) error {
	out := ui.NewJSON(term.Out)
	numbers := map[int]int{}
	for n, i := range shownFiles(info) {
		numbers[i] = n + 1
	}
	sum := checkSummary{
		Ident: identOf(info), Code: exitCode(mismatch(info, r)), Pieces: r.Pieces, GoodPieces: r.GoodPieces,
		Bytes: info.DataLength(), GoodBytes: r.GoodBytes, Extra: len(r.Extra),
	}
	for _, f := range r.Files {
		file := info.Files[f.File]
		e := checkedFile{
			Ident: sum.Ident, Index: numbers[f.File], Path: strings.Join(file.Path, "/"), Status: f.Status.String(),
			Bytes: file.Length, OnDisk: f.Size,
		}
		for _, d := range f.Damaged {
			e.Damaged = append(e.Damaged, byteRange{d.Start, d.End})
		}
		if f.Err != nil {
			e.Message = causeText(f.Err, "")
		}
		if f.Status != metainfo.Complete {
			sum.Wrong++
		}
		if err := out.Emit(ui.EventFile, e); err != nil {
			return err
		}
	}
	for _, path := range r.Extra {
		if err := out.Emit(ui.EventFile, extraFile{Ident: sum.Ident, Path: path, Status: "extra"}); err != nil {
			return err
		}
	}
	return out.Emit(ui.EventSummary, sum)
}
