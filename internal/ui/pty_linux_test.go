package ui

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openPTY returns both ends of a new pseudo terminal.
func openPTY(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	return master, slave
}

func setSize(t *testing.T, f *os.File, columns uint16) {
	t.Helper()
	if err := unix.IoctlSetWinsize(int(f.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}); err != nil {
		t.Fatal(err)
	}
}

// echoed reads what comes out of a pseudo terminal into an emulated one, until it is closed.
func echoed(master *os.File, v *vt) *sync.WaitGroup {
	var reading sync.WaitGroup
	reading.Go(func() {
		b := make([]byte, 4096)
		for {
			n, err := master.Read(b)
			_, _ = v.Write(b[:n])
			if err != nil {
				return
			}
		}
	})
	return &reading
}

func modes(t *testing.T, f *os.File) unix.Termios {
	t.Helper()
	m, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *m
}

func TestOnAPseudoTerminal(t *testing.T) {
	for _, columns := range []uint16{40, 80, 200} {
		master, slave := openPTY(t)
		setSize(t, master, columns)
		before := modes(t, slave)
		v := newVT(int(columns), 24)
		reading := echoed(master, v)

		x := NewIO(Options{In: slave, Out: slave, Err: slave, Getenv: utf8Locale})
		if !x.InTTY || !x.OutTTY || !x.ErrTTY || !x.Color || x.Width() != int(columns) {
			t.Errorf("a terminal of %d columns is seen as width %d", columns, x.Width())
		}
		x.Color = false
		p := x.Progress(ProgressOptions{Count: 2})
		task := p.Add(func() Row { return Row{Name: "name", Phase: Downloading, Done: 1, Total: 2, Peers: 3} })
		p.Add(func() Row {
			return Row{Name: "a name that is too long for narrow terminals.iso", Phase: Downloading, Total: 2, Note: "no peers"}
		})
		p.show()
		fmt.Fprintln(x.Out, "a result")
		task.Done()
		p.Close()
		x.Close()

		if after := modes(t, slave); after != before {
			t.Error("the terminal's modes are not as they were")
		}
		slave.Close()
		reading.Wait()
		golden(t, fmt.Sprintf("pty-%d.golden", columns), v.text())
		if sent := v.take(); strings.Count(sent, foldOff) != strings.Count(sent, foldOn) || strings.Count(sent, syncOn) != strings.Count(sent, syncOff) {
			t.Errorf("sent %q", sent)
		}
		if len(v.bad) > 0 {
			t.Errorf("sent %q", v.bad)
		}
		if x.Width() != 80 { // the descriptor is closed: nothing is known any more
			t.Errorf("width %d", x.Width())
		}
	}
}

// The size may change while bars are shown.
func TestResizeOfAPseudoTerminal(t *testing.T) {
	master, slave := openPTY(t)
	setSize(t, master, 80)
	v := newVT(80, 24)
	reading := echoed(master, v)
	x := NewIO(Options{Out: slave, Err: slave, Getenv: utf8Locale})
	p := x.Progress(ProgressOptions{})
	p.Add(func() Row { return Row{Name: strings.Repeat("name", 50), Phase: Downloading, Done: 1, Total: 2} })
	p.show()
	setSize(t, master, 40)
	p.show()
	p.Close()
	slave.Close()
	reading.Wait()
	lines := strings.Split(strings.TrimRight(v.text(), "\n"), "\n")
	if last := lines[len(lines)-1]; Width(last) >= 40 || !strings.Contains(last, "50%") {
		t.Errorf("the last line is %q", last)
	}
}

// Keys come one by one and unseen while a console is open, signals go on being signals, and the
// terminal is as it was found afterwards.
func TestKeysOfAPseudoTerminal(t *testing.T) {
	master, slave := openPTY(t)
	setSize(t, master, 80)
	before := modes(t, slave)
	x := NewIO(Options{In: slave, Out: slave, Err: slave, Getenv: utf8Locale})
	c, err := x.Console()
	if err != nil {
		t.Fatal(err)
	}
	now := modes(t, slave)
	if now.Lflag&(unix.ICANON|unix.ECHO) != 0 || now.Lflag&unix.ISIG == 0 || now.Oflag != before.Oflag {
		t.Errorf("modes are %#v", now)
	}
	press := func(keys string) string {
		t.Helper()
		if _, err := master.WriteString(keys); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 16)
		for range 100 {
			n, err := c.Keys(b)
			if err != nil {
				t.Fatal(err)
			}
			if n > 0 {
				return string(b[:n])
			}
		}
		t.Fatalf("no key after %q", keys)
		return ""
	}
	for _, keys := range []string{"w", "\x1b[A", "\x1a"} {
		if got := press(keys); got != keys {
			t.Errorf("pressed %q, got %q", keys, got)
		}
	}
	// A shell that had the terminal meanwhile leaves line editing on.
	if err := unix.IoctlSetTermios(int(slave.Fd()), unix.TCSETS, &before); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Keys(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if got := press("x"); got != "x" {
		t.Errorf("pressed x, got %q", got)
	}
	x.Close()
	if after := modes(t, slave); after != before {
		t.Error("the terminal's modes are not as they were")
	}
	if _, err := c.Keys(make([]byte, 1)); err != io.EOF {
		t.Errorf("after Close: %v", err)
	}
	slave.Close()
}

func TestKeysOfATerminalThatWentAway(t *testing.T) {
	master, slave := openPTY(t)
	x := NewIO(Options{In: slave, Err: slave, Getenv: utf8Locale})
	c, err := x.Console()
	if err != nil {
		t.Fatal(err)
	}
	master.Close()
	for range 100 {
		if _, err = c.Keys(make([]byte, 1)); err != nil {
			break
		}
	}
	if err != io.EOF {
		t.Errorf("no end: %v", err)
	}
	x.Close()
	slave.Close()
}

// A terminal that has gone away must not stop the work or keep Close from returning.
func TestTerminalThatWentAway(t *testing.T) {
	master, slave := openPTY(t)
	setSize(t, master, 80)
	x := NewIO(Options{Out: slave, Err: slave, Getenv: utf8Locale})
	p := x.Progress(ProgressOptions{})
	p.Add(func() Row { return Row{Name: "name", Phase: Downloading, Done: 1, Total: 2} })
	master.Close()
	p.show()
	x.Error(errors.New("hung up"), "")
	done := make(chan struct{})
	go func() { p.Close(); close(done) }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("Close hangs")
	}
	slave.Close()
}
