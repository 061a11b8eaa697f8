package ui

import (
	"errors"
	"io"
	"sync"
)

// ErrNoConsole says that nobody can press keys and look at what they do.
var ErrNoConsole = errors.New("standard input and standard error have to be a terminal")

// ErrDumbTerminal says that the terminal has nothing but lines.
var ErrDumbTerminal = errors.New("the terminal cannot move its cursor (TERM=dumb)")

// ErrConsoleInUse says that somebody else has the console.
var ErrConsoleInUse = errors.New("the terminal is in use already")

// errNoKeys says that this system has no way to read single keys here.
var errNoKeys = errors.New("single keys cannot be read on this system")

// keyboard is a terminal that gives keys as they are pressed.
type keyboard interface {
	// read waits a moment for keys. It returns 0 where none was pressed or the process is in the
	// background, and io.EOF once the keyboard was closed or the terminal has gone.
	read(p []byte) (int, error)
	// suspend stops the process as Ctrl-Z does, with the terminal as it was found. It returns when the
	// process goes on, and says whether that is in the foreground.
	suspend() bool
	// close leaves the terminal as it was found.
	close()
}

// givenKeys is a keyboard that Terminal states.
type givenKeys func(p []byte) (int, error)

func (k givenKeys) read(p []byte) (int, error) { return k(p) }
func (k givenKeys) suspend() bool              { return true }
func (k givenKeys) close()                     {}

// Console is the keyboard of the terminal, and all of its screen while it is covered. Keys come as the
// bytes that the terminal sends, and what is typed is not shown. Ctrl-C and Ctrl-\ go on being signals;
// Ctrl-Z comes as the byte 0x1a, for Suspend. A process in the background gets no keys, and leaves the
// terminal to who is in front.
//
// There is one at a time. Close it on every way out; IO.Close does, too.
type Console struct {
	x    *IO
	keys keyboard
	once sync.Once

	mu      sync.Mutex
	closed  bool
	covered bool
	to      io.Writer
}

// Console takes the keyboard. It fails with ErrNoConsole, ErrDumbTerminal or ErrConsoleInUse, or where
// the system has no way to read single keys.
func (x *IO) Console() (*Console, error) {
	switch {
	case !x.InTTY || !x.ErrTTY:
		return nil, ErrNoConsole
	case x.dumb:
		return nil, ErrDumbTerminal
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.console != nil {
		return nil, ErrConsoleInUse
	}
	keys, err := x.openKeys()
	if err != nil {
		return nil, err
	}
	x.console = &Console{x: x, keys: keys}
	return x.console, nil
}

// Keys waits for keys, for a tenth of a second or so: it returns 0 where none was pressed, and io.EOF
// after Close and where the terminal has gone.
func (c *Console) Keys(p []byte) (int, error) { return c.keys.read(p) }

// Cover takes the whole screen: bars rest, and what is said on Out and Err waits until Uncover. It says
// whether the screen was free.
func (c *Console) Cover() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	to, ok := c.x.screen.cover()
	if ok {
		c.to, c.covered = to, true
	}
	return ok
}

// Write writes to the covered screen. Close waits for it, so that nothing comes after the screen was
// given back.
func (c *Console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.to == nil {
		return 0, io.ErrClosedPipe
	}
	return c.to.Write(p)
}

// Size is the terminal's size now, in columns and rows.
func (c *Console) Size() (columns, rows int) { return c.x.screen.size() }

// Uncover gives the screen back to bars and text, with the cursor where it was.
func (c *Console) Uncover() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.uncover()
}

func (c *Console) uncover() {
	if c.covered {
		c.covered, c.to = false, nil
		c.x.screen.uncover()
	}
}

// Suspend stops the process as Ctrl-Z does, with the terminal as it was found. It returns when the
// process goes on, and says whether that is in the foreground.
func (c *Console) Suspend() bool {
	c.x.screen.forget() // others write meanwhile
	return c.keys.suspend()
}

// asFound ends whatever a program that covers the screen may have begun: a synchronized update, another
// screen (xterm's 1049), a hidden cursor, keypad modes, lines that do not fold, colours.
const asFound = syncOff + "\x1b[?1049l\x1b[?25h\x1b[?1l\x1b>" + foldOn + reset

// Close gives keyboard and screen back. Who covers the screen has tidied it before; where that was
// prevented, Close does so. It may be called more than once, and has always been carried out when it
// returns.
func (c *Console) Close() {
	c.once.Do(func() {
		c.mu.Lock()
		c.closed = true
		if c.covered {
			_, _ = io.WriteString(c.to, asFound)
		}
		c.uncover()
		c.mu.Unlock()
		c.keys.close()
		c.x.mu.Lock()
		c.x.console = nil
		c.x.mu.Unlock()
	})
}
