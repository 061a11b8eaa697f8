package view

import (
	"io"
	"sync/atomic"

	"github.com/gdamore/tcell/v3"
	"github.com/gdamore/tcell/v3/tty"

	"github.com/shoal-project/shoal/internal/ui"
)

// console is the terminal as tcell wants it. Its modes are set and set back by ui.
type console struct {
	*ui.Console
	stopped atomic.Bool
	reading chan struct{} // holds a token while nobody reads
}

func newConsole(c *ui.Console) *console {
	reading := make(chan struct{}, 1)
	reading <- struct{}{}
	return &console{Console: c, reading: reading}
}

// Start begins to read keys.
func (c *console) Start() error {
	c.stopped.Store(false)
	return nil
}

// Read waits for keys until Drain.
func (c *console) Read(p []byte) (int, error) {
	<-c.reading
	defer func() { c.reading <- struct{}{} }()
	for !c.stopped.Load() {
		if n, err := c.Keys(p); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.EOF
}

// Drain ends a Read that is under way, so that no key is lost to it later.
func (c *console) Drain() error {
	c.stopped.Store(true)
	<-c.reading
	c.reading <- struct{}{}
	return nil
}

// Stop and Close leave the rest to who has the ui.Console.
func (c *console) Stop() error { return nil }

// Close does nothing.
func (c *console) Close() error { return nil }

// NotifyResize does nothing: the size is looked at before each frame.
func (c *console) NotifyResize(chan<- bool) {}

// WindowSize is the terminal's size.
func (c *console) WindowSize() (tty.WindowSize, error) {
	columns, rows := c.Size()
	return tty.WindowSize{Width: columns, Height: rows}, nil
}

// newScreen makes the screen. The terminal is asked nothing: its answers would come as keys to whoever
// reads after us.
func newScreen(c *console, term *ui.IO) (tcell.Screen, error) {
	colors := 0
	if term.Color {
		colors = 8
	}
	return tcell.NewTerminfoScreenFromTty(c,
		tcell.OptNegotiation(false), tcell.OptColors(colors), tcell.OptSanitizeContent(true),
		tcell.OptKeyboardProtocol(tcell.LegacyKeyboard))
}
