package view

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gdamore/tcell/v3"

	"github.com/shoal-project/shoal/internal/ui"
)

// How often the size of the terminal is looked at, how often a frame is drawn, and how often at least
// on a terminal that is slow.
const (
	sizeInterval  = 100 * time.Millisecond
	frameInterval = 250 * time.Millisecond
	slowInterval  = 3 * time.Second
)

// View is the full-screen view of a source's transfers.
type View struct {
	term   *ui.IO
	source Source
	state  state
	tracks tracks
}

// New makes a view of a source on a terminal. Nothing is shown yet.
func New(term *ui.IO, source Source) *View {
	v := &View{term: term, source: source}
	v.state = state{term: term, source: source, tracks: &v.tracks, opened: peersPanel}
	return v
}

// Start takes the keyboard until stop is called or ctx is done. With open the view is shown at once, and
// it is an error if there is no terminal for it (ui.ErrNoConsole, ui.ErrDumbTerminal, wrapped). Without,
// nothing happens where no bars are shown or there is no terminal. While the view is not shown, w and
// the space bar open it. stop closes it, gives the keyboard back and waits until that is done; it may be
// called more than once.
func (v *View) Start(ctx context.Context, open bool) (stop func(), err error) {
	if !open && !v.term.ShowsBars() {
		return func() {}, nil
	}
	c, err := v.term.Console()
	switch {
	case err != nil && open:
		return func() {}, fmt.Errorf("open the view: %w", err)
	case err != nil:
		return func() {}, nil //nolint:nilerr // bars without keys are what pipes and such have
	}
	ctx, cancel := context.WithCancel(ctx)
	// At once, since the process may end soon after: not when the loop gets to it.
	context.AfterFunc(ctx, c.Close)
	var work sync.WaitGroup
	work.Go(func() {
		defer c.Close()
		v.serve(ctx, c, open)
	})
	return func() {
		cancel()
		work.Wait()
	}, nil
}

// serve waits for the key that opens the view, again and again.
func (v *View) serve(ctx context.Context, c *ui.Console, open bool) {
	keys := make([]byte, 64)
	for ctx.Err() == nil {
		if open {
			if err := v.watch(ctx, c); err != nil {
				v.term.Warn(err.Error())
			}
			open = false
			continue
		}
		n, err := c.Keys(keys)
		if err != nil {
			return
		}
		if now := time.Now(); now.Sub(v.tracks.sampled) >= sampleInterval {
			v.tracks.observe(now, v.source.Transfers())
		}
		open = opens(keys[:n])
		if n == 1 && keys[0] == ctrlZ {
			c.Suspend()
		}
	}
}

const ctrlZ = 0x1a

// opens says whether keys ask for the view. Longer ones are sequences of other keys, or pasted text.
func opens(keys []byte) bool {
	return len(keys) == 1 && (keys[0] == 'w' || keys[0] == 'W' || keys[0] == ' ')
}

// watch shows the view until a key leaves it or ctx is done. However it ends, the terminal is as it was
// found afterwards.
func (v *View) watch(ctx context.Context, c *ui.Console) error {
	if !c.Cover() {
		return fmt.Errorf("open the view: %w", ui.ErrConsoleInUse)
	}
	defer c.Uncover()
	tty := newConsole(c)
	screen, err := newScreen(tty, v.term)
	if err == nil {
		err = screen.Init()
	}
	if err != nil {
		return fmt.Errorf("open the view: %w", err)
	}
	defer screen.Fini()
	v.term.Attend(true)
	defer v.term.Attend(false)
	l := loop{view: v, screen: screen, tty: tty}
	l.run(ctx)
	return nil
}

// loop is the view while it is shown.
type loop struct {
	view   *View
	screen tcell.Screen
	tty    *console
	next   time.Time // a frame is due
	w, h   int
}

func (l *loop) run(ctx context.Context) {
	ticker := time.NewTicker(sizeInterval)
	defer ticker.Stop()
	l.frame(false)
	for {
		select {
		case <-ctx.Done():
			return
		case e, ok := <-l.screen.EventQ():
			if !ok || !l.event(e) {
				return
			}
		case <-ticker.C:
			if w, h := l.tty.Size(); w != l.w || h != l.h {
				l.frame(true)
			} else if !time.Now().Before(l.next) {
				l.frame(false)
			}
		}
	}
}

// frame draws a frame. The screen takes in a new size before that.
func (l *loop) frame(resized bool) {
	began := time.Now()
	s := &l.view.state
	s.pull(began)
	l.w, l.h = l.tty.Size()
	if resized {
		l.screen.Clear()
		l.screen.Show()
	}
	s.draw(l.screen)
	sent := time.Now()
	l.screen.Show()
	took := time.Since(sent)
	l.next = began.Add(min(max(frameInterval, 4*took), slowInterval))
}

// event takes a key. It says whether to go on.
func (l *loop) event(e tcell.Event) bool {
	switch e := e.(type) {
	case *tcell.EventError: // the terminal has gone
		return false
	case *tcell.EventKey:
		s := &l.view.state
		places := s.arrange(l.w, l.h)
		switch s.press(e, &places) {
		case leave:
			return false
		case redraw:
			l.screen.Sync()
			return true
		case suspend:
			return l.suspend()
		}
		l.frame(false)
	}
	return true
}

// suspend stops the process with the terminal as it was found. In the background the view ends.
func (l *loop) suspend() bool {
	if err := l.screen.Suspend(); err != nil {
		return false
	}
	if !l.tty.Suspend() {
		return false
	}
	if err := l.screen.Resume(); err != nil {
		return false
	}
	l.frame(false)
	return true
}
