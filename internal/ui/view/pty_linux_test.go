package view

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/shoal-project/shoal/internal/ui"
)

// ptyPair is both ends of a pseudo terminal, with an emulated terminal at the one.
type ptyPair struct {
	*terminal
	t             *testing.T
	master, slave *os.File
	reading       sync.WaitGroup
	before        unix.Termios
}

func newPTY(t *testing.T, w, h int) *ptyPair {
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
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	p := &ptyPair{terminal: newTerminal(t, w, h), t: t, master: master, slave: slave}
	p.setSize(w, h)
	p.reading.Go(func() {
		b := make([]byte, 4096)
		for {
			n, err := master.Read(b)
			if n > 0 {
				_, _ = p.Write(b[:n])
			}
			if err != nil {
				return
			}
		}
	})
	return p
}

func (p *ptyPair) setSize(w, h int) {
	p.t.Helper()
	p.resize(w, h)
	size := &unix.Winsize{Row: uint16(h), Col: uint16(w)}
	if err := unix.IoctlSetWinsize(int(p.master.Fd()), unix.TIOCSWINSZ, size); err != nil {
		p.t.Fatal(err)
	}
}

func (p *ptyPair) modes() unix.Termios {
	p.t.Helper()
	m, err := unix.IoctlGetTermios(int(p.slave.Fd()), unix.TCGETS)
	if err != nil {
		p.t.Fatal(err)
	}
	return *m
}

func (p *ptyPair) press(keys string) {
	p.t.Helper()
	if _, err := p.master.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
}

// await waits until the screen shows a text, and that within its width.
func (p *ptyPair) await(what string) {
	p.t.Helper()
	for range 600 {
		if strings.Contains(p.text(), what) {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	p.t.Fatalf("the screen never shows %q:\n%s", what, p.text())
}

// A whole visit on a real pseudo terminal: from bars to the view, through its panels, over a change of
// size, and back.
func TestOnAPseudoTerminal(t *testing.T) {
	for _, size := range [][2]int{{40, 10}, {80, 24}, {200, 60}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			p := newPTY(t, size[0], size[1])
			before := p.modes()
			x := ui.NewIO(ui.Options{In: p.slave, Out: p.slave, Err: p.slave, Getenv: func(name string) string {
				return map[string]string{"TERM": "xterm-256color", "LANG": "C.UTF-8"}[name]
			}})
			bars := x.Progress(ui.ProgressOptions{})
			bars.Add(func() ui.Row { return ui.Row{Name: "bar", Phase: ui.Downloading, Done: 1, Total: 2} })
			stop, err := New(x, newFake()).Start(t.Context(), false)
			if err != nil {
				t.Fatal(err)
			}
			p.await("50%")
			p.press("w")
			p.await("q back")
			p.await("> debi")
			fmt.Fprintln(x.Out, "held")
			p.press("\t\t")
			p.await("████")
			p.press("?")
			p.await("back to the b")
			p.press("x")
			p.setSize(120, 40)
			p.await("log ───")
			p.setSize(size[0], size[1])
			p.press("q")
			p.await("held\nbar")
			p.press(" ")
			p.await("q back")
			stop()
			bars.Close()
			x.Close()
			if after := p.modes(); after != before {
				t.Error("the terminal's modes are not as they were")
			}
			p.slave.Close()
			p.reading.Wait()
			sent := p.take()
			for on, off := range map[string]string{"\x1b[?1049h": "\x1b[?1049l", "\x1b[?25l": "\x1b[?25h", "\x1b[?7l": "\x1b[?7h", "\x1b[?2026h": "\x1b[?2026l"} {
				if strings.LastIndex(sent, on) > strings.LastIndex(sent, off) {
					t.Errorf("%q is left on", on)
				}
			}
		})
	}
}

// A terminal that takes nothing must not keep the view from ending once it has gone.
func TestTerminalThatWentAway(t *testing.T) {
	p := newPTY(t, 80, 24)
	x := ui.NewIO(ui.Options{In: p.slave, Err: p.slave, Getenv: func(name string) string {
		return map[string]string{"TERM": "xterm", "LANG": "C.UTF-8"}[name]
	}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stop, err := New(x, newFake()).Start(ctx, true)
	if err != nil {
		t.Fatal(err)
	}
	p.await("q back")
	p.master.Close()
	stop()
	x.Close()
	p.slave.Close()
	p.reading.Wait()
}

// A whole process on a terminal of its own, ended in every way there is for it to end by itself: the
// terminal is as it was found.
func TestProcessThatEnds(t *testing.T) {
	for _, tt := range []struct {
		way  string
		end  func(p *ptyPair, pid int)
		code int
	}{
		{"ctrl-c", func(p *ptyPair, _ int) { p.press("\x03") }, 7},
		{"term", func(_ *ptyPair, pid int) { _ = syscall.Kill(pid, syscall.SIGTERM) }, 7},
		{"at once", func(p *ptyPair, pid int) {
			p.press("\x03")
			p.awaitModes()
			_ = syscall.Kill(pid, syscall.SIGINT)
		}, 7},
		{"panic", func(*ptyPair, int) {}, 2},
	} {
		t.Run(tt.way, func(t *testing.T) {
			p := newPTY(t, 80, 24)
			p.before = p.modes()
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), childVariable+"="+tt.way, "TERM=xterm-256color", "LC_ALL=C.UTF-8")
			cmd.Stdin, cmd.Stdout, cmd.Stderr = p.slave, p.slave, p.slave
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			if err := cmd.Start(); err != nil {
				t.Skipf("no process with a terminal of its own: %v", err)
			}
			p.await("q back")
			if now := p.modes(); now.Lflag&(unix.ICANON|unix.ECHO) != 0 {
				t.Errorf("modes are %#v", now)
			}
			tt.end(p, cmd.Process.Pid)
			_ = cmd.Wait() // the code is looked at
			if code := cmd.ProcessState.ExitCode(); code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			if p.modes() != p.before {
				t.Error("the terminal's modes are not as they were")
			}
			p.slave.Close()
			p.reading.Wait()
			sent := p.take()
			if strings.LastIndex(sent, "\x1b[?1049h") > strings.LastIndex(sent, "\x1b[?1049l") || strings.LastIndex(sent, "\x1b[?25l") > strings.LastIndex(sent, "\x1b[?25h") {
				t.Errorf("sent at last %q", sent[max(0, len(sent)-300):])
			}
		})
	}
}

// awaitModes waits until the modes are as they were found.
func (p *ptyPair) awaitModes() {
	p.t.Helper()
	for range 600 {
		if p.modes() == p.before {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	p.t.Fatal("the terminal's modes stay changed")
}
