package ui

import (
	"io"
	"sync"
	"time"
)

// DefaultSummaryInterval is the time between two lines about a transfer where there are no bars.
const DefaultSummaryInterval = 60 * time.Second

// Options is what an IO is made of. The zero value reads nothing, throws output away and has an empty
// environment.
type Options struct {
	In       io.Reader
	Out, Err io.Writer
	Getenv   func(string) string

	Color           ColorMode
	Progress        ProgressMode
	Quiet           bool          // only errors are said
	SummaryInterval time.Duration // between lines without bars; 0 is DefaultSummaryInterval

	// Terminal states what the streams are connected to; nil finds out.
	Terminal *Terminal
}

// IO is the streams of one run of the program and what is known of them. Its fields are not changed
// after NewIO. Out and Err may be written from several goroutines: each Write goes out whole, and bars
// on the same terminal move out of its way.
type IO struct {
	In       io.Reader
	Out, Err io.Writer

	InTTY, OutTTY, ErrTTY bool
	// Width is the number of columns now: the terminal's, or COLUMNS, or 80.
	Width func() int
	// Color allows colours on Err, ColorOut on Out.
	Color, ColorOut bool
	Quiet           bool

	progress ProgressMode // never ProgressAuto
	interval time.Duration
	beat     time.Duration // between frames of bars
	screen   *screen
	restore  func()

	charset, charsetOut charset // of Err and of Out
	dumb                bool
	recent              recent
	openKeys            func() (keyboard, error)

	mu      sync.Mutex
	console *Console // who has the keyboard
}

// NewIO joins the streams with what can be found out about them.
func NewIO(o Options) *IO {
	if o.In == nil {
		o.In = noInput{}
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	if o.Err == nil {
		o.Err = io.Discard
	}
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	t := o.Terminal
	if t == nil {
		t = detect(o.In, o.Out, o.Err)
	}
	screen := newScreen(o.Err, t, o.Getenv)
	x := &IO{
		In: o.In, Out: o.Out, Err: &stream{screen: screen, to: o.Err, direct: true},
		InTTY: t.InTTY, OutTTY: t.OutTTY, ErrTTY: t.ErrTTY,
		Width: func() int {
			columns, _ := t.size(o.Getenv)
			return columns
		},
		Color:    colored(o.Color, t.ErrTTY, o.Getenv),
		ColorOut: colored(o.Color, t.OutTTY, o.Getenv),
		Quiet:    o.Quiet,
		interval: o.SummaryInterval,
		beat:     barInterval,
		screen:   screen,
		restore:  t.restore,
		dumb:     dumb(o.Getenv),
		openKeys: func() (keyboard, error) { return newKeyboard(fdOf(o.In)) },
	}
	if t.Keys != nil {
		x.openKeys = func() (keyboard, error) { return givenKeys(t.Keys), nil }
	}
	blocks := hasBlocks(o.Getenv)
	x.charset = charset{blocks, t.ErrTTY && !blocks}
	x.charsetOut = charset{blocks, t.OutTTY && !blocks}
	if t.OutTTY {
		x.Out = &stream{screen: screen, to: o.Out}
	}
	if o.Getenv("SSH_CONNECTION") != "" {
		x.beat = farInterval
	}
	if x.interval <= 0 {
		x.interval = DefaultSummaryInterval
	}
	x.progress = resolve(o, t)
	return x
}

// resolve decides what --progress auto and --quiet mean here.
func resolve(o Options, t *Terminal) ProgressMode {
	switch {
	case o.Quiet:
		return ProgressNone
	case o.Progress != ProgressAuto:
		return o.Progress
	case t.ErrTTY && !dumb(o.Getenv):
		return ProgressBar
	}
	return ProgressLine
}

// Close leaves the terminal as it was found. It does not close the streams.
func (x *IO) Close() {
	x.mu.Lock()
	console := x.console
	x.mu.Unlock()
	if console != nil {
		console.Close()
	}
	if x.restore != nil {
		x.restore()
	}
}

// ShowsBars says whether work is shown as bars here.
func (x *IO) ShowsBars() bool { return x.progress == ProgressBar }

// Unicode says whether the locale can show more than ASCII.
func (x *IO) Unicode() bool { return x.charset.blocks }

// noInput is an input with nothing in it.
type noInput struct{}

func (noInput) Read([]byte) (int, error) { return 0, io.EOF }
