package cli

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"github.com/shoal-project/shoal/internal/ui"
)

// errDropped is why a transfer ends that the manifest does not name any more, or names otherwise.
var errDropped = errors.New("the manifest has changed")

const (
	defaultEvery = 10 * time.Minute
	lookInterval = 2 * time.Second // between two looks at the manifest's file
	firstRetry   = time.Minute
	lastRetry    = time.Hour
)

// watcher keeps a machine in the state that a manifest describes. One goroutine, that of run, owns its tasks.
type watcher struct {
	*getter
	o      *applyOptions
	reader *manifestReader
	seen   fileStamp // the manifest as it was read last

	tasks []*task // in the order of the manifest
	ended chan *task
	work  sync.WaitGroup
}

// task is one torrent of the manifest, over all tries.
type task struct {
	order    *order
	number   int
	transfer *transfer               // the last try
	stop     context.CancelCauseFunc // ends it; nil while none is under way
	over     chan struct{}           // closed when it has ended
	fails    int                     // in a row
	next     time.Time               // when it is tried again; zero: not by itself

}

func newWatcher(env Env, o *applyOptions, term *ui.IO, reader *manifestReader, orders []order) *watcher {
	w := &watcher{
		getter: newGetter(env, "apply", &o.getOptions, term, nil), o: o, reader: reader,
		seen: stampOf(env.path(reader.path)), ended: make(chan *task),
	}
	for i := range orders {
		w.tasks = append(w.tasks, &task{order: &orders[i], number: i + 1})
	}
	return w
}

// run goes on until ctx is done.
func (w *watcher) run(ctx context.Context) error {
	defer w.known.close()
	w.engine.of(&order{})
	if err := w.engine.prepare(ctx); err != nil {
		return err
	}
	w.report = newReport(w.verb, w.term, &w.o.term, len(w.tasks))
	w.report.tell = w.tellOnce(changeTeller(w.term))
	hangups := make(chan struct{}, 1)
	defer rereadOnHangup(w.env, w.term, w.engine.setLimits, func() {
		select {
		case hangups <- struct{}{}:
		default: // one is waiting to be heard
		}
	})()
	looks := time.NewTicker(lookInterval)
	defer looks.Stop()
	for {
		w.start(ctx)
		select {
		case <-ctx.Done():
			w.collect()
			w.close()
			return w.report.close(w.transfers())
		case t := <-w.ended:
			w.conclude(t)
		case <-hangups:
			w.reload(true)
		case <-looks.C:
			w.reload(false)
		}
	}
}

// start begins every task whose time has come.
func (w *watcher) start(ctx context.Context) {
	now := time.Now()
	for _, k := range w.tasks {
		if k.stop != nil || k.transfer != nil && (k.next.IsZero() || now.Before(k.next)) {
			continue
		}
		own, stop := context.WithCancelCause(ctx)
		t := w.enlist(k.order, k.number)
		k.transfer, k.stop, k.over = t, stop, make(chan struct{})
		w.work.Go(func() {
			w.try(own, t)
			stop(nil)
			close(k.over)
			select {
			case w.ended <- k:
			case <-ctx.Done():
			}
		})
	}
}

// try works on a transfer when there is a place for it.
func (w *watcher) try(ctx context.Context, t *transfer) {
	select {
	case w.slots <- struct{}{}:
	case <-ctx.Done():
		w.report.ended(t, context.Cause(ctx))
		return
	}
	release := sync.OnceFunc(func() { <-w.slots })
	defer release()
	w.one(ctx, ctx, t, release)
}

// conclude decides what comes after a task has ended.
func (w *watcher) conclude(k *task) {
	if k.stop == nil {
		return // it was dropped
	}
	k.stop = nil
	switch err := k.transfer.err; {
	case err == nil:
		k.fails, k.next = 0, time.Time{}
		if w.o.every > 0 {
			k.next = time.Now().Add(time.Duration(w.o.every))
		}
	default:
		pause := min(firstRetry<<min(k.fails, 10), lastRetry)
		k.fails++
		k.next = time.Now().Add(pause + rand.N(pause/4))
		w.term.Info(k.transfer.source.label() + ": next try in " + ui.Duration(pause))
	}
}

// reload follows the manifest if its file is another one than was read, or in any case.
func (w *watcher) reload(always bool) {
	now := stampOf(w.env.path(w.reader.path))
	if now == w.seen && !always {
		return
	}
	w.seen = now
	orders, err := w.reader.read()
	if err != nil {
		w.term.Warn(err.Error() + "; what was read before goes on to hold")
		return
	}
	w.follow(orders)
}

// follow lets go of what is not in the manifest any more and takes in what is new. What has not changed goes on;
// if it has failed, it is tried again at once.
func (w *watcher) follow(orders []order) {
	there := map[string]*task{}
	for _, k := range w.tasks {
		there[k.order.key] = k
	}
	tasks := make([]*task, 0, len(orders))
	for i := range orders {
		k := there[orders[i].key]
		if k == nil {
			k = &task{order: &orders[i]}
		} else if k.fails > 0 {
			k.fails, k.next = 0, time.Now()
		}
		delete(there, orders[i].key)
		k.number = i + 1
		tasks = append(tasks, k)
	}
	w.drop(there)
	w.tasks = tasks
}

// drop ends tasks and waits for them: what comes in their place may be the same torrent.
func (w *watcher) drop(gone map[string]*task) {
	for _, k := range gone {
		if k.stop != nil {
			k.stop(errDropped)
		}
	}
	for _, k := range gone {
		if k.stop != nil {
			<-k.over
			k.stop = nil
		}
		w.term.Info(k.order.source.label() + ": no longer in the manifest as it was")
	}
}

// collect waits for everything that is under way.
func (w *watcher) collect() { w.work.Wait() }

// transfers are the last tries of all tasks.
func (w *watcher) transfers() (all []*transfer) {
	for _, k := range w.tasks {
		if k.transfer != nil {
			all = append(all, k.transfer)
		}
	}
	return all
}

// tellOnce leaves out that nothing has changed where that was the news before.
func (w *watcher) tellOnce(tell func(r *report, t *transfer, change, path string)) func(*report, *transfer, string, string) {
	var mu sync.Mutex
	last := map[*order]string{}
	return func(r *report, t *transfer, change, path string) {
		mu.Lock()
		before, known := last[t.order]
		last[t.order] = change
		mu.Unlock()
		if known && change == changeUnchanged && before != changeFailed {
			return
		}
		tell(r, t, change, path)
	}
}

// fileStamp tells a file from what was there before under its name.
type fileStamp struct {
	modified time.Time
	size     int64
}

func stampOf(path string) fileStamp {
	st, err := os.Stat(path)
	if err != nil {
		return fileStamp{}
	}
	return fileStamp{st.ModTime(), st.Size()}
}
