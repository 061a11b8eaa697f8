package cli

import (
	"sync/atomic"

	"github.com/shoal-project/shoal/internal/ui"
)

// hashBar shows how far a long hashing is, for verbs that do nothing beside it.
type hashBar struct {
	done, total atomic.Int64
	progress    *ui.Progress
}

func newHashBar(term *ui.IO, phase ui.Phase, name string) *hashBar {
	b := &hashBar{progress: term.Progress(ui.ProgressOptions{Clear: true})}
	b.progress.Add(func() ui.Row {
		return ui.Row{Name: name, Phase: phase, Done: b.done.Load(), Total: b.total.Load()}
	})
	return b
}

// at takes in how far it is.
func (b *hashBar) at(done, total int64) {
	b.done.Store(done)
	b.total.Store(total)
}

// close takes the bar away.
func (b *hashBar) close() { b.progress.Close() }
