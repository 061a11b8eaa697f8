package ui

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// offTheBeat lets a test look between two ticks and not at one.
func offTheBeat() { time.Sleep(barInterval / 2) }

// transfer is 100 MiB at 10 MiB/s from the moment it is made, after two seconds of checking.
func transfer(name string) func() Row {
	began := time.Now()
	return func() Row {
		const size, rate = 100 << 20, 10 << 20
		passed := time.Since(began)
		if passed < 2*time.Second {
			return Row{Name: name, Phase: Checking, Done: int64(passed.Seconds() * size / 2), Total: size}
		}
		done := min(int64((passed-2*time.Second).Seconds()*rate), size)
		r := Row{Name: name, Phase: Downloading, Done: done, Total: size, RateDown: rate, Peers: 3, Seeds: 1, ETA: time.Duration(size-done) * time.Second / rate}
		if done == size {
			r.Phase = Done
		}
		return r
	}
}

// onTerminal is an IO on a terminal of so many columns and 24 rows.
func onTerminal(columns int) (*IO, *vt) {
	v := newVT(columns, 24)
	return NewIO(Options{Out: v, Err: v, Getenv: utf8Locale, Terminal: v.terminal()}), v
}

// piped is an IO without a terminal.
func piped(o Options) (x *IO, out, err *bytes.Buffer) {
	out, err = new(bytes.Buffer), new(bytes.Buffer)
	o.Out, o.Err = out, err
	return NewIO(o), out, err
}

func TestBarOfOneTransfer(t *testing.T) {
	for _, columns := range []int{40, 80, 200} {
		synctest.Test(t, func(t *testing.T) {
			x, v := onTerminal(columns)
			p := x.Progress(ProgressOptions{})
			offTheBeat()
			defer p.Close()
			var film strings.Builder
			task := p.Add(transfer("debian-13.1.0-amd64-netinst.iso"))
			for range 5 {
				time.Sleep(2400 * time.Millisecond)
				film.WriteString(v.text())
			}
			task.Done()
			film.WriteString(v.text())
			golden(t, fmt.Sprintf("film-%d.golden", columns), film.String())
		})
	}
}

func TestNothingFlickers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, v := onTerminal(80)
		p := x.Progress(ProgressOptions{})
		offTheBeat()
		defer p.Close()
		var moving atomic.Int64
		moving.Store(1)
		p.Add(func() Row { return Row{Name: "resting", Phase: Downloading, Done: 1, Total: 1000} })
		p.Add(func() Row {
			return Row{Name: "moving", Phase: Downloading, Done: moving.Load() << 20, Total: 100 << 20}
		})
		time.Sleep(time.Second)
		v.take()
		time.Sleep(time.Second)
		if sent := v.take(); sent != "" {
			t.Errorf("sent %q though nothing changed", sent)
		}
		moving.Add(1)
		v.count(true)
		time.Sleep(barInterval)
		sent := v.take()
		if strings.Contains(sent, "resting") || !strings.Contains(sent, "moving") {
			t.Errorf("sent %q: only what changed is to be sent", sent)
		}
		if strings.Contains(sent, "\x1b[J") || strings.Contains(sent, "\x1b[2K") {
			t.Errorf("sent %q: erases before it draws", sent)
		}
		if n := v.count(false); n != 1 {
			t.Errorf("%d writes for one frame", n)
		}
	})
}

func TestTextAboveBarsDoesNotTearThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, v := onTerminal(60)
		fmt.Fprint(x.Err, "not ended")
		p := x.Progress(ProgressOptions{})
		offTheBeat()
		task := p.Add(transfer("one"))
		p.Add(transfer("two"))
		time.Sleep(time.Second)
		p.Print("printed \x1b[2J above")
		fmt.Fprint(x.Err, "half of ")
		time.Sleep(3 * time.Second)
		fmt.Fprint(x.Err, "a line\nand ")
		fmt.Fprintln(x.Out, "a result")
		x.Error(fmt.Errorf("get two: %w", io.ErrUnexpectedEOF), "try again")
		time.Sleep(time.Second)
		task.Remove()
		fmt.Fprintln(x.Err, "more")
		p.Close()
		fmt.Fprintln(x.Err, "below")
		golden(t, "above.golden", v.text())
		if len(v.bad) > 0 {
			t.Errorf("sent %q", v.bad)
		}
	})
}

func TestResize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, v := onTerminal(120)
		fmt.Fprintln(x.Err, "$ shoal get")
		p := x.Progress(ProgressOptions{})
		offTheBeat()
		p.Add(transfer("first.iso"))
		p.Add(transfer("second.iso"))
		time.Sleep(4 * time.Second)
		for _, columns := range []int{70, 31, 200, 45, 100, 100} {
			v.resize(columns)
			time.Sleep(barInterval)
			lines := strings.Split(strings.TrimSpace(v.text()), "\n")
			if len(lines) != 4 || lines[0] != "$ shoal get" {
				t.Errorf("at %d columns:\n%s", columns, v.text())
			}
			for _, l := range lines {
				if Width(l) >= columns {
					t.Errorf("at %d columns a line of %d: %s", columns, Width(l), l)
				}
			}
		}
		p.Close()
	})
}

// Terminals do not agree on the width of emoji. A bar that comes out too long must not fold, or all
// that is drawn afterwards lands one line too low.
func TestTerminalThatCountsOtherwise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, v := onTerminal(80)
		v.runewise = true
		p := x.Progress(ProgressOptions{})
		offTheBeat()
		p.Add(transfer(strings.Repeat("👩🏽🇩🇪", 8)))
		p.Add(transfer("plain"))
		time.Sleep(5 * time.Second)
		p.Close()
		fmt.Fprintln(x.Err, "after")
		if got := v.text(); strings.Count(got, "\n") != 4 || strings.Count(got, "plain") != 1 {
			t.Errorf("got:\n%s", got)
		}
		if v.noFold {
			t.Error("folding is left off")
		}
	})
}

func TestMoreRowsThanTheTerminalHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, v := onTerminal(60)
		v.rows = 8
		p := x.Progress(ProgressOptions{Count: 100, Clear: true})
		offTheBeat()
		for i := range 30 {
			p.Add(transfer(fmt.Sprintf("file %d", i)))
		}
		time.Sleep(5 * time.Second)
		got := v.text()
		if n := strings.Count(got, "\n"); n != 5 {
			t.Errorf("%d lines on a terminal of 8 rows:\n%s", n, got)
		}
		if !strings.Contains(got, "and 27 more: 27 moving\n") || !strings.Contains(got, "total 0/100") {
			t.Errorf("got:\n%s", got)
		}
		p.Close()
		if got := v.text(); got != "\n" {
			t.Errorf("Clear left:\n%s", got)
		}
	})
}

func TestStoppedAndContinued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, v := onTerminal(60)
		p := x.Progress(ProgressOptions{})
		offTheBeat()
		blocked := make(chan struct{})
		var once sync.Once
		p.Add(func() Row {
			if time.Now().Second() >= 4 {
				once.Do(func() { <-blocked })
			}
			return Row{Name: "name", Phase: Downloading, Done: 1, Total: 2}
		})
		time.Sleep(10 * time.Second)
		_, _ = v.Write([]byte("[1]+  Stopped\n$ fg\n"))
		close(blocked)
		time.Sleep(time.Second)
		p.Close()
		golden(t, "continued.golden", v.text())
	})
}

func TestBackgroundJobsDrawNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVT(60, 24)
		terminal := v.terminal()
		var foreground atomic.Bool
		terminal.Foreground = foreground.Load
		x := NewIO(Options{Out: v, Err: v, Getenv: utf8Locale, Terminal: terminal})
		p := x.Progress(ProgressOptions{})
		offTheBeat()
		p.Add(transfer("name"))
		time.Sleep(3 * time.Second)
		p.Print("said")
		if got := v.text(); got != "said\n" {
			t.Errorf("in the background:\n%s", got)
		}
		foreground.Store(true)
		time.Sleep(time.Second)
		if !strings.Contains(v.text(), "name") {
			t.Errorf("in the foreground:\n%s", v.text())
		}
		p.Close()
	})
}

func TestLinesWithoutATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, out, errs := piped(Options{SummaryInterval: 5 * time.Second})
		p := x.Progress(ProgressOptions{Count: 3})
		offTheBeat()
		one := p.Add(transfer("one.iso"))
		two := p.Add(transfer("two\nlines"))
		for i, r := range some() {
			if i > 2 {
				p.Add(func() Row { return r })
			}
		}
		time.Sleep(7500 * time.Millisecond)
		two.Remove()
		time.Sleep(5 * time.Second)
		one.Done()
		one.Done()
		p.Close()
		golden(t, "lines.golden", errs.String())
		if out.Len() > 0 {
			t.Errorf("on stdout: %q", out)
		}
		if strings.ContainsAny(errs.String(), "\x1b\r") {
			t.Error("control characters in plain lines")
		}
	})
}

func TestQuietAndNone(t *testing.T) {
	for _, o := range []Options{{Quiet: true}, {Quiet: true, Progress: ProgressBar}, {Progress: ProgressNone}} {
		synctest.Test(t, func(t *testing.T) {
			x, out, errs := piped(o)
			p := x.Progress(ProgressOptions{})
			offTheBeat()
			task := p.Add(transfer("name"))
			time.Sleep(5 * time.Minute)
			task.Done()
			p.Add(transfer("other"))
			p.Close()
			if out.Len()+errs.Len() > 0 {
				t.Errorf("%+v: wrote %q %q", o, out, errs)
			}
		})
	}
}

func TestOneProgressAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, v := onTerminal(60)
		p := x.Progress(ProgressOptions{Clear: true})
		offTheBeat()
		second := x.Progress(ProgressOptions{})
		second.Add(transfer("hidden")).Done()
		time.Sleep(time.Second)
		second.Close()
		p.Close()
		p.Close()
		if got := v.text(); got != "\n" {
			t.Errorf("got:\n%s", got)
		}
		p.Add(transfer("late")).Done()
		third := x.Progress(ProgressOptions{})
		third.Add(transfer("third"))
		time.Sleep(time.Second)
		third.Close()
		if !strings.Contains(v.text(), "third") {
			t.Errorf("got:\n%s", v.text())
		}
	})
}

// What the engine does: numbers change, rows come and go and text is logged from many goroutines.
func TestManyGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, v := onTerminal(80)
		p := x.Progress(ProgressOptions{})
		offTheBeat()
		var work sync.WaitGroup
		for i := range 20 {
			work.Go(func() {
				log := x.Logger(true)
				task := p.Add(transfer(fmt.Sprintf("file-%02d", i)))
				time.Sleep(time.Duration(i) * 377 * time.Millisecond)
				log.Debug("half", "file", i)
				fmt.Fprintf(x.Out, "result %d\n", i)
				time.Sleep(time.Duration(20-i) * 377 * time.Millisecond)
				task.Done()
			})
		}
		work.Wait()
		p.Close()
		for i := range 20 {
			if n := strings.Count(v.text(), fmt.Sprintf("\nresult %d\n", i)); n != 1 {
				t.Errorf("result %d is there %d times:\n%s", i, n, v.text())
			}
		}
	})
}

func TestRowsOfNonsense(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for columns := 0; columns < 30; columns += 3 {
			x, v := onTerminal(columns)
			p := x.Progress(ProgressOptions{})
			offTheBeat()
			for _, r := range []Row{
				{}, {Phase: -1}, {Phase: 99, Total: -5, Done: -7}, {Phase: Downloading, Done: 1 << 62, Total: 1, RateDown: -1 << 60, ETA: -1},
				{Phase: Seeding, Peers: -1, ETA: 1 << 62, Ratio: -1}, {Name: strings.Repeat("x", 10_000), Note: strings.Repeat("日", 10_000), Total: 1},
			} {
				p.Add(func() Row { return r })
			}
			time.Sleep(time.Second)
			p.Close()
			for _, l := range strings.Split(v.text(), "\n") {
				if Width(l) > max(columns, minColumns) {
					t.Errorf("at %d columns a line of %d", columns, Width(l))
				}
			}
		}
	})
}

func TestMeter(t *testing.T) {
	var m meter
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if r := m.observe(now, 100); r != 0 {
		t.Errorf("rate %d after one look", r)
	}
	done := int64(100)
	for range 50 {
		now = now.Add(200 * time.Millisecond)
		done += 2000
		m.observe(now, done)
	}
	if r := m.observe(now.Add(time.Millisecond), done); r < 9990 || r > 10010 {
		t.Errorf("rate %d, want 10000", r)
	}
	now = now.Add(30 * time.Second)
	if r := m.observe(now, done); r > 10 {
		t.Errorf("rate %d after half a minute of nothing", r)
	}
	if r := m.observe(now.Add(time.Second), 5); r != 0 {
		t.Errorf("rate %d after a new begin", r)
	}
}
