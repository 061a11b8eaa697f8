package cli

import (
	"strings"

	"github.com/shoal-project/shoal/internal/ui"
	"github.com/shoal-project/shoal/pkg/metainfo"
)

// checkedFile is the event of one file that verify looked at.
type checkedFile struct {
	ui.Ident
	Root    string      `json:"root"`  // the copy that it belongs to, as it was named
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
	Root   string `json:"root"`
	Path   string `json:"path"`
	Status string `json:"status"` // extra
}

// byteRange is from start up to but not including end.
type byteRange struct {
	Start int64 `json:"start"`
	End   int64 `json:"end"`
}

// checkSummary is the last event of verify. The numbers are over all copies.
type checkSummary struct {
	ui.Ident
	Code       int          `json:"code"`
	Quick      bool         `json:"quick,omitempty"` // nothing was hashed
	Pieces     int          `json:"pieces"`
	GoodPieces int          `json:"good_pieces"`
	Bytes      int64        `json:"bytes"`
	GoodBytes  int64        `json:"good_bytes"`
	Wrong      int          `json:"wrong"` // files that are not complete
	Extra      int          `json:"extra"`
	Roots      []rootResult `json:"roots"` // one a copy, in the order given
}

// rootResult is what became of one copy.
type rootResult struct {
	Root    string `json:"root"`
	Code    int    `json:"code"`
	Message string `json:"message,omitempty"`
}

// emit tells of each file of a copy, and adds them up.
func (c *checker) emit(path string, r *metainfo.Report) error {
	out, info, id := ui.NewJSON(c.term.Out), c.meta.Info, identOf(c.meta.Info)
	numbers := map[int]int{}
	for n, i := range shownFiles(info) {
		numbers[i] = n + 1
	}
	c.sum.Pieces += r.Pieces
	c.sum.GoodPieces += r.GoodPieces
	c.sum.Bytes += info.DataLength()
	c.sum.GoodBytes += r.GoodBytes
	c.sum.Extra += len(r.Extra)
	for _, f := range r.Files {
		file := info.Files[f.File]
		e := checkedFile{
			Ident: id, Root: path, Index: numbers[f.File], Path: strings.Join(file.Path, "/"), Status: f.Status.String(),
			Bytes: file.Length, OnDisk: f.Size,
		}
		for _, d := range f.Damaged {
			e.Damaged = append(e.Damaged, byteRange{d.Start, d.End})
		}
		switch {
		case f.Err != nil:
			e.Message = causeText(f.Err, "")
		case r.Quick && f.Status == metainfo.Unverified:
			e.Message = modifiedLater
		}
		if f.Status != metainfo.Complete {
			c.sum.Wrong++
		}
		if err := out.Emit(ui.EventFile, e); err != nil {
			return err
		}
	}
	for _, extra := range r.Extra {
		if err := out.Emit(ui.EventFile, extraFile{Ident: id, Root: path, Path: extra, Status: "extra"}); err != nil {
			return err
		}
	}
	return nil
}

// emitSummary tells the end.
func (c *checker) emitSummary() error {
	c.sum.Ident, c.sum.Code, c.sum.Quick = identOf(c.meta.Info), exitCode(c.first), c.o.quick
	for _, r := range c.results {
		res := rootResult{Root: r.path, Code: exitCode(r.err)}
		if r.err != nil {
			res.Message = causeText(r.err, r.path)
		}
		c.sum.Roots = append(c.sum.Roots, res)
	}
	return ui.NewJSON(c.term.Out).Emit(ui.EventSummary, c.sum)
}
