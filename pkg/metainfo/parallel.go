package metainfo

import (
	"context"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"
)

// parallel runs work on several goroutines, as many as there are processors
// if workers is 0. Together they go through the numbers below total: each
// takes the next range of step numbers when it is done with its last one. The
// first error ends all of them and is returned; so is the end of ctx.
func parallel(ctx context.Context, workers, total, step int, work func(ctx context.Context, ranges iter.Seq2[int, int]) error) error {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var next atomic.Int64
	ranges := func(yield func(first, last int) bool) {
		for ctx.Err() == nil {
			first := int(next.Add(int64(step))) - step
			if first >= total || !yield(first, min(first+step, total)) {
				return
			}
		}
	}
	var all sync.WaitGroup
	for range min(workers, (total+step-1)/step) {
		all.Go(func() {
			if err := work(ctx, ranges); err != nil {
				stop(err)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}
