package view

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/shoal-project/shoal/internal/ui"
)

func TestMain(m *testing.M) {
	if way := os.Getenv(childVariable); way != "" {
		os.Exit(child(way))
	}
	goleak.VerifyTestMain(m)
}

// childVariable makes the test binary a program that shows a view and ends in a certain way.
const childVariable = "SHOAL_TEST_VIEW"

// child does what the program's main function does, as far as the terminal is concerned.
func child(way string) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	x := ui.NewIO(ui.Options{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv})
	defer x.Close()
	var source Source = newFake()
	if way == "panic" {
		source = panics{time.Now()}
	}
	stop, err := New(x, source).Start(ctx, true)
	if err != nil {
		x.Error(err, "")
		return 1
	}
	<-signals
	cancel()
	if way == "at once" { // a second signal
		<-signals
		os.Exit(7)
	}
	stop()
	return 7
}

// shown is a view on an emulated terminal.
type shown struct {
	*terminal
	x    *ui.IO
	stop func()
}

// show opens a view, within a bubble.
func show(t *testing.T, w, h int, s Source, env ...string) *shown {
	t.Helper()
	v := newTerminal(t, w, h)
	x := v.io(env...)
	stop, err := New(x, s).Start(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	time.Sleep(550 * time.Millisecond) // between two ticks, from now on
	return &shown{v, x, stop}
}

// press presses keys one after the other and waits for the frame.
func (s *shown) press(keys ...string) {
	for _, k := range keys {
		s.keys <- k
		time.Sleep(300 * time.Millisecond)
	}
}

func TestLook(t *testing.T) {
	for _, size := range [][2]int{{20, 5}, {40, 10}, {80, 24}, {100, 30}, {80, 50}, {200, 60}, {300, 100}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := show(t, size[0], size[1], newFake())
				s.x.Warn("tracker \x1b[2J said no")
				s.x.Logger(false).Debug("dialled peer", "addr", "192.0.2.1:6881", "client", "\u202eevil")
				time.Sleep(30 * time.Second)
				golden(t, fmt.Sprintf("look-%dx%d.golden", size[0], size[1]), s.text())
			})
		})
	}
}

func TestLookInASCII(t *testing.T) {
	t.Setenv("LC_ALL", "C") // the screen looks there, too
	synctest.Test(t, func(t *testing.T) {
		s := show(t, 100, 40, newFake(), "LANG", "C", "NO_COLOR", "1")
		time.Sleep(20 * time.Second)
		golden(t, "look-ascii.golden", s.text())
		s.stop()
		sent := s.take()
		for i, b := range []byte(sent) {
			if b >= 0x80 {
				t.Fatalf("byte %d is %#x", i, b)
			}
		}
		if m := regexp.MustCompile(`\x1b\[([0-9;]*;)?[34][0-9][0-9;]*m`).FindString(sent); m != "" {
			t.Errorf("a colour, %q, in spite of NO_COLOR", m)
		}
	})
}

// Each panel on a small screen, where there is room for one.
func TestPanels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := show(t, 60, 20, newFake())
		s.x.Warn("a line of the log")
		time.Sleep(20 * time.Second)
		var all strings.Builder
		for range panelCount {
			s.press("\t")
			all.WriteString(s.text())
		}
		golden(t, "panels.golden", all.String())
		s.press("?")
		golden(t, "help.golden", s.text())
		s.press("x")
		if strings.Contains(s.text(), "─ keys") {
			t.Error("the help stays")
		}
	})
}

func TestKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := show(t, 80, 24, many(100))
		chosen := func() string {
			for _, l := range strings.Split(s.text(), "\n") {
				if strings.HasPrefix(l, "> ") {
					return strings.Fields(l)[1]
				}
			}
			return ""
		}
		for _, tt := range []struct{ key, want string }{
			{"j", "file-0001"}, {"\x1b[B", "file-0002"}, {"k", "file-0001"}, {"\x1b[A", "file-0000"}, {"k", "file-0000"},
			{"G", "file-0099"}, {"\x1b[A", "file-0098"}, {"g", "file-0000"}, {"\x1b[6~", "file-0006"}, {"\x1b[5~", "file-0000"},
			{"\x1b[F", "file-0099"}, {"\x1b[H", "file-0000"},
			{"\t", "file-0000"}, {"j", "file-0000"}, {"J", "file-0001"}, {"K", "file-0000"}, // in another panel
			{"\x1b", "file-0000"}, {"j", "file-0001"}, // and back
			{"\r", "file-0001"}, {"j", "file-0001"}, {"\n", "file-0001"}, {"j", "file-0002"},
			{"5", "file-0002"}, {"1", "file-0002"}, {"j", "file-0003"}, {"\x1b[Z", "file-0003"}, {"\x1b[C", "file-0003"}, {"j", "file-0004"},
			{"\x0c", "file-0004"}, {"\x00", "file-0004"}, {"é", "file-0004"}, {"\x1bOP", "file-0004"},
		} {
			s.press(tt.key)
			if got := chosen(); got != tt.want {
				t.Fatalf("%q chooses %s, want %s\n%s", tt.key, got, tt.want, s.text())
			}
		}
	})
}

func TestScrolling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := show(t, 80, 16, newFake())
		for i := range 30 {
			s.x.Info(fmt.Sprintf("log line %02d", i))
		}
		s.press("7")
		if got := s.text(); !strings.Contains(got, "log line 29") || strings.Contains(got, "log line 10") {
			t.Errorf("the log does not show its end:\n%s", got)
		}
		s.press("g")
		if got := s.text(); !strings.Contains(got, "log line 00") || strings.Contains(got, "log line 29") {
			t.Errorf("the log does not show its begin:\n%s", got)
		}
		s.press("G", "k")
		if got := s.text(); strings.Contains(got, "log line 29") || !strings.Contains(got, "log line 28") {
			t.Errorf("the log is not one line back:\n%s", got)
		}
		s.press("2", "j", "j")
		if got := s.text(); strings.Contains(got, "192.0.2.1:") || !strings.Contains(got, "192.0.2.3:") || !strings.Contains(got, "ADDRESS") {
			t.Errorf("the peers are not scrolled:\n%s", got)
		}
	})
}

func TestResize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := show(t, 80, 24, newFake())
		for _, size := range [][2]int{{200, 60}, {40, 10}, {1, 1}, {120, 30}, {11, 50}, {300, 100}, {80, 24}} {
			s.resize(size[0], size[1])
			time.Sleep(time.Second)
			lines := strings.Split(strings.TrimSuffix(s.text(), "\n"), "\n")
			if len(lines) > size[1] {
				t.Errorf("%d lines on %d rows", len(lines), size[1])
			}
			if size[0] >= 40 && (!strings.Contains(lines[0], "done") || !strings.HasPrefix(lines[len(lines)-1], "q back") || len(lines) != size[1]) {
				t.Errorf("at %v:\n%s", size, s.text())
			}
		}
	})
}

// Transfers come and go; the chosen one stays chosen for as long as it is there.
func TestTransfersThatComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		s := show(t, 80, 24, f)
		s.press("j", "j")
		chosen := func(want string) {
			t.Helper()
			time.Sleep(time.Second)
			if got := s.text(); !strings.Contains(got, "> "+want) {
				t.Errorf("%s is not chosen:\n%s", want, got)
			}
		}
		chosen("stuck.bin")
		f.mu.Lock()
		rows := f.rows
		f.rows = rows[:1]
		f.mu.Unlock()
		chosen("debian")
		f.mu.Lock()
		f.rows = nil
		f.mu.Unlock()
		time.Sleep(time.Second)
		if got := s.text(); !strings.Contains(got, "none yet") || !strings.Contains(got, "0 of 0 transfers") {
			t.Errorf("without transfers:\n%s", got)
		}
		s.press("j", "\t", "j", "7", "3")
		f.mu.Lock()
		f.rows = rows
		f.mu.Unlock()
		chosen("debian")
	})
}

// However the view is left, the terminal shows what it showed before, and its modes are as they were.
func TestWaysOut(t *testing.T) {
	for name, leave := range map[string]func(s *shown, cancel func()){
		"q":      func(s *shown, _ func()) { s.press("q") },
		"w":      func(s *shown, _ func()) { s.press("w") },
		"escape": func(s *shown, _ func()) { s.press("\x1b") },
		"stop":   func(s *shown, _ func()) { s.stop() },
		"signal": func(_ *shown, cancel func()) { cancel() },
		"hangup": func(s *shown, _ func()) { close(s.ended); time.Sleep(time.Second) },
		"Close":  func(s *shown, _ func()) { s.x.Close() }, // what a panic comes to
	} {
		synctest.Test(t, func(t *testing.T) {
			v := newTerminal(t, 80, 24)
			x := v.io()
			ctx, cancel := context.WithCancel(t.Context())
			fmt.Fprintln(x.Err, "before")
			stop, err := New(x, newFake()).Start(ctx, true)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			if !strings.Contains(v.text(), "q back") {
				t.Fatalf("the view is not open:\n%s", v.text())
			}
			fmt.Fprintln(x.Err, "meanwhile")
			leave(&shown{v, x, stop}, cancel)
			synctest.Wait()
			fmt.Fprintln(x.Err, "after")
			sent := v.take()
			last := sent[strings.LastIndex(sent, "meanwhile")-20:]
			for on, off := range map[string]string{"\x1b[?1049h": "\x1b[?1049l", "\x1b[?25l": "\x1b[?25h", "\x1b[?7l": "\x1b[?7h", "\x1b[?1h": "\x1b[?1l"} {
				if strings.LastIndex(sent, on) > strings.LastIndex(sent, off) {
					t.Errorf("%s: %q is left on", name, on)
				}
			}
			if strings.Contains(last, "\x1b[?2026h") || !strings.HasSuffix(sent, "meanwhile\nafter\n") {
				t.Errorf("%s: sent at last %q", name, last)
			}
			cancel()
			stop()
			stop()
		})
	}
}

func TestKeysThatOpen(t *testing.T) {
	for _, key := range []string{"w", "W", " "} {
		synctest.Test(t, func(t *testing.T) {
			v := newTerminal(t, 80, 24)
			x := v.io()
			p := x.Progress(ui.ProgressOptions{})
			p.Add(func() ui.Row { return ui.Row{Name: "bar", Phase: ui.Downloading, Done: 1, Total: 2} })
			f := newFake()
			stop, err := New(x, f).Start(t.Context(), false)
			if err != nil {
				t.Fatal(err)
			}
			s := &shown{v, x, stop}
			time.Sleep(10 * time.Second)
			s.press("x", "\x1b[A", "www", "")
			if got := v.text(); strings.Contains(got, "q back") || !strings.Contains(got, "bar") {
				t.Errorf("opened by another key:\n%s", got)
			}
			s.press(key)
			if got := v.text(); !strings.Contains(got, "q back") {
				t.Errorf("not opened by %q:\n%s", key, got)
			}
			s.press("4")
			if got := v.text(); !strings.Contains(got, "▁▃▆█   ▁▃") {
				t.Errorf("rates were not kept while bars were shown:\n%s", got)
			}
			s.press("q")
			time.Sleep(time.Second)
			s.press(key)
			stop()
			p.Close()
			fmt.Fprintln(x.Err, "after")
			if sent := v.take(); !strings.HasSuffix(sent, "after\n") || strings.LastIndex(sent, "\x1b[?1049h") > strings.LastIndex(sent, "\x1b[?1049l") {
				t.Errorf("sent %q", sent)
			}
		})
	}
}

func TestStartWithoutATerminal(t *testing.T) {
	for _, tt := range []struct {
		o    ui.Options
		open bool
		want error
	}{
		{ui.Options{}, true, ui.ErrNoConsole},
		{ui.Options{}, false, nil},
		{ui.Options{Progress: ui.ProgressBar}, false, nil},
		{ui.Options{Terminal: &ui.Terminal{InTTY: true, ErrTTY: true}}, true, ui.ErrDumbTerminal},
		{ui.Options{Quiet: true, Terminal: &ui.Terminal{InTTY: true, ErrTTY: true}}, false, nil},
	} {
		stop, err := New(ui.NewIO(tt.o), newFake()).Start(t.Context(), tt.open)
		if !errors.Is(err, tt.want) || err != nil && !strings.HasPrefix(err.Error(), "open the view: ") {
			t.Errorf("%+v: %v", tt.o, err)
		}
		stop()
	}
}

// What a frame costs on the wire: what changed of it.
func TestBytesAFrame(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {200, 60}} {
		synctest.Test(t, func(t *testing.T) {
			s := show(t, size[0], size[1], many(50))
			time.Sleep(5 * time.Second)
			s.take()
			time.Sleep(10 * time.Second)
			rest := len(s.take()) / 10
			if rest > 500 {
				t.Errorf("%v: %d bytes a second though nothing changes", size, rest)
			}
			f := newFake()
			moving := show(t, size[0], size[1], f)
			time.Sleep(5 * time.Second)
			moving.take()
			time.Sleep(10 * time.Second)
			a := len(moving.take()) / 10
			if a > 6000 {
				t.Errorf("%v: %d bytes a second", size, a)
			}
			t.Logf("%v: %d bytes a second at rest, %d while one of seven moves", size, rest, a)
		})
	}
}

// thin is a terminal at the end of a thin line.
type thin struct {
	*terminal
	bytesASecond int
}

func (v thin) Write(p []byte) (int, error) {
	time.Sleep(time.Duration(len(p)) * time.Second / time.Duration(v.bytesASecond))
	return v.terminal.Write(p)
}

// On a slow terminal there are fewer frames, and keys are still answered.
func TestSlowTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newTerminal(t, 80, 24)
		size := &ui.Terminal{InTTY: true, ErrTTY: true, Size: v.size, Keys: v.read}
		x := ui.NewIO(ui.Options{Err: thin{v, 960}, Terminal: size, Getenv: func(name string) string {
			return map[string]string{"TERM": "xterm", "LANG": "C.UTF-8"}[name]
		}})
		stop, err := New(x, newFake()).Start(t.Context(), true)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		v.take()
		time.Sleep(30 * time.Second)
		if n := strings.Count(v.take(), "\x1b[?2026h"); n < 10 || n > 60 {
			t.Errorf("%d frames in 30 s on a line of 9600 baud", n)
		}
		v.keys <- "j"
		time.Sleep(2 * time.Second)
		if got := v.text(); !strings.Contains(got, "> 日本") {
			t.Errorf("the key is not answered:\n%s", got)
		}
		stop()
	})
}
