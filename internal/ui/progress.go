package ui

import (
	"slices"
	"sync"
	"time"
)

// How often rows are pulled.
const (
	barInterval  = 200 * time.Millisecond
	farInterval  = 500 * time.Millisecond // over ssh
	lineInterval = time.Second
	maxInterval  = 2 * time.Second // where the terminal is slow
)

// ProgressOptions is how long work is shown. The zero value is ready.
type ProgressOptions struct {
	// Count is how many rows there will be in all, for the line of totals, which is shown where it is
	// more than one; 0 is as many as were added.
	Count int
	// Clear takes the bars that are left away at Close, instead of leaving them as they are.
	Clear bool
}

// Progress shows long work on Err: bars on a terminal, plain lines elsewhere, or nothing, as the flags
// have it. It pulls: whoever works keeps numbers, and never prints. One at a time has the terminal;
// while one is open, others show nothing.
type Progress struct {
	io      *IO
	options ProgressOptions
	mode    ProgressMode
	stop    chan struct{}
	stopped sync.WaitGroup
	once    sync.Once

	mu     sync.Mutex // held before that of the screen, never while a row is pulled
	closed bool
	tasks  []*Task
	sum    totals
	names  int // widest name so far
	said   time.Time
}

// Progress begins to show work. Close it on every way out.
func (x *IO) Progress(o ProgressOptions) *Progress {
	p := &Progress{io: x, options: o, mode: x.progress, stop: make(chan struct{}), said: time.Now()}
	interval := lineInterval
	if p.mode == ProgressBar {
		interval = x.beat
		if !x.screen.begin() {
			p.mode = ProgressNone
		}
	}
	if p.mode == ProgressNone {
		return p
	}
	p.stopped.Go(func() { p.run(interval) })
	return p
}

// run shows the rows again and again until Close. A terminal that takes long for a frame gets fewer of
// them, so that its line is not always full.
func (p *Progress) run(interval time.Duration) {
	timer := time.NewTimer(interval)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			took := p.show()
			timer.Reset(min(max(interval, 4*took), max(interval, maxInterval)))
		case <-p.stop:
			return
		}
	}
}

// Add shows one more row until its task ends. The function is called several times a second until
// Close has returned, perhaps once more just after the task ended. It must be safe to call from
// several goroutines and must not call the Progress. Rows are shown in the order in which they came.
func (p *Progress) Add(pull func() Row) *Task {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := &Task{p: p, pull: pull, added: time.Now(), removed: p.closed}
	if !p.closed {
		p.tasks = append(p.tasks, t)
		p.sum.added++
	}
	return t
}

// Print writes one escaped line to Err, above the bars.
func (p *Progress) Print(text string) { p.io.Info(text) }

// Close ends the showing: it waits for the goroutine, and leaves the cursor below the last state of
// what was not done, or takes that away (ProgressOptions.Clear). It may be called more than once.
func (p *Progress) Close() {
	p.once.Do(func() {
		close(p.stop)
		p.stopped.Wait()
		var pulled []pulledRow
		if p.mode != ProgressNone && !p.options.Clear {
			pulled = p.pullAll()
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.take(pulled)
		p.closed = true
		p.leave()
		p.tasks = nil
	})
}

// leave writes the last state.
func (p *Progress) leave() {
	switch p.mode {
	case ProgressBar:
		var lines []frameLine
		if !p.options.Clear {
			lines = p.compose()
		}
		p.io.screen.finish(lines)
	case ProgressLine:
		for _, t := range p.tasks {
			if t.pulled && !p.options.Clear {
				p.io.say(t.final() + "\n")
			}
		}
	}
}

// pulledRow is what a task's function returned.
type pulledRow struct {
	task *Task
	row  Row
}

// pullAll asks every task without holding the lock: the functions may wait for the engine, which may be
// waiting to log.
func (p *Progress) pullAll() []pulledRow {
	p.mu.Lock()
	tasks := slices.Clone(p.tasks)
	p.mu.Unlock()
	pulled := make([]pulledRow, len(tasks))
	for i, t := range tasks {
		pulled[i] = pulledRow{t, t.pull()}
	}
	return pulled
}

// take keeps what was pulled of the tasks that have not ended meanwhile.
func (p *Progress) take(pulled []pulledRow) {
	now := time.Now()
	for _, r := range pulled {
		if !r.task.removed {
			r.task.update(now, r.row)
		}
	}
	p.sum.observe(now, p.tasks)
}

// show is one tick. It returns how long the terminal took.
func (p *Progress) show() time.Duration {
	pulled := p.pullAll()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.take(pulled)
	if p.mode == ProgressBar {
		return p.io.screen.draw("", p.compose())
	}
	p.sayLines()
	return 0
}

// end takes a task out; a row makes its final line.
func (p *Progress) end(t *Task, final *Row) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.removed {
		return
	}
	t.removed = true
	p.tasks = slices.DeleteFunc(p.tasks, func(o *Task) bool { return o == t })
	if final == nil {
		p.sum.added--
	} else {
		t.update(time.Now(), *final)
		p.sum.end(t)
	}
	p.sum.observe(time.Now(), p.tasks)
	switch p.mode {
	case ProgressLine:
		if final != nil {
			p.io.say(t.final() + "\n")
		}
	case ProgressBar:
		above := ""
		if final != nil {
			above = p.finalBar(t)
		}
		p.io.screen.draw(above, p.compose())
	}
}
