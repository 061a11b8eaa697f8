package ui

import (
	"errors"
	"fmt"
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

func TestOnAPseudoTerminal(t *testing.T) {
	master, slave := openPTY(t)
	setSize(t, master, 80)
	before, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	v := newVT(80, 24)
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

	x := NewIO(Options{In: slave, Out: slave, Err: slave, Getenv: utf8Locale})
	if !x.InTTY || !x.OutTTY || !x.ErrTTY || !x.Color || x.Width() != 80 {
		t.Errorf("a terminal of 80 columns is seen as %+v, width %d", x, x.Width())
	}
	x.Color = false
	p := x.Progress(ProgressOptions{})
	task := p.Add(func() Row { return Row{Name: "name", Phase: Downloading, Done: 1, Total: 2, Peers: 3} })
	p.show()
	setSize(t, master, 40)
	p.show()
	fmt.Fprintln(x.Out, "a result")
	task.Done()
	p.Close()
	x.Close()

	after, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
	if err != nil || *after != *before {
		t.Errorf("the terminal's modes are not as they were: %v", err)
	}
	slave.Close()
	reading.Wait()
	if sent := v.take(); strings.Count(sent, foldOff) != strings.Count(sent, foldOn) || !strings.Contains(sent, "50%") {
		t.Errorf("sent %q", sent)
	}
	if x.Width() != 80 { // the descriptor is closed: nothing is known any more
		t.Errorf("width %d", x.Width())
	}
	if len(v.bad) > 0 {
		t.Errorf("sent %q", v.bad)
	}
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
