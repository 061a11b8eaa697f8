package ui

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestMovingRowsAreShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, v := onTerminal(60)
		v.rows = 12 // of which bars take 8: six rows, what is said of the others, and the total
		p := x.Progress(ProgressOptions{})
		offTheBeat()
		defer p.Close()
		var moves atomic.Int64 // the row that moves
		for i := range 1000 {
			var done atomic.Int64
			p.Add(func() Row {
				if moves.Load() == int64(i) {
					done.Add(1)
				}
				r := Row{Name: fmt.Sprintf("row-%03d", i), Phase: Downloading, Done: done.Load(), Total: 1 << 30}
				if i >= 900 {
					r.Phase = Waiting
				}
				return r
			})
		}
		shown := func() (names []string, others string) {
			for _, l := range strings.Split(v.text(), "\n") {
				if strings.HasPrefix(l, "row-") {
					names = append(names, l[:len("row-000")])
				} else if strings.HasPrefix(l, "and ") {
					others = l
				}
			}
			return names, others
		}
		time.Sleep(10 * time.Second)
		moves.Store(700)
		time.Sleep(time.Second)
		names, others := shown()
		if fmt.Sprint(names) != "[row-000 row-001 row-002 row-003 row-004 row-700]" {
			t.Errorf("shown are %v", names)
		}
		if others != "and 994 more: 894 not moving, 100 waiting" {
			t.Errorf("of the others it says %q", others)
		}
		moves.Store(500)
		time.Sleep(time.Second)
		if names, _ := shown(); fmt.Sprint(names) != "[row-000 row-001 row-002 row-003 row-500 row-700]" {
			t.Errorf("shown are %v", names)
		}
		time.Sleep(time.Minute) // nothing makes those go that are shown
		if names, _ := shown(); fmt.Sprint(names) != "[row-000 row-001 row-002 row-003 row-500 row-700]" {
			t.Errorf("shown are %v", names)
		}
	})
}

// What a frame costs on the wire: a bar that moves is a line, and a line is sent once.
func TestBytesAFrame(t *testing.T) {
	for _, tt := range []struct{ columns, moving, most int }{{40, 1, 120}, {80, 1, 180}, {200, 1, 480}, {80, 20, 3000}, {200, 20, 7000}} {
		synctest.Test(t, func(t *testing.T) {
			x, v := onTerminal(tt.columns)
			v.rows = 50
			p := x.Progress(ProgressOptions{})
			offTheBeat()
			defer p.Close()
			for i := range 20 {
				if i < tt.moving {
					p.Add(transfer(fmt.Sprintf("moving-%02d.iso", i)))
				} else {
					p.Add(func() Row { return Row{Name: "resting", Phase: Downloading, Done: 1, Total: 1 << 50} })
				}
			}
			time.Sleep(4 * time.Second)
			v.take()
			const frames = 25
			v.count(true)
			time.Sleep(frames * barInterval)
			bytes, writes := len(v.take()), v.count(false)
			if writes > frames {
				t.Errorf("%d writes for %d frames", writes, frames)
			}
			if a := bytes / frames; a > tt.most {
				t.Errorf("%d columns, %d moving: %d bytes a frame, more than %d", tt.columns, tt.moving, a, tt.most)
			} else {
				t.Logf("%d columns, %d moving: %d bytes a frame", tt.columns, tt.moving, a)
			}
		})
	}
}

// slow is a terminal at the end of a thin line.
type slow struct {
	*vt
	bytesASecond int
}

func (s slow) Write(p []byte) (int, error) {
	time.Sleep(time.Duration(len(p)) * time.Second / time.Duration(s.bytesASecond))
	return s.vt.Write(p)
}

func TestSlowTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVT(80, 24)
		x := NewIO(Options{Err: slow{v, 960}, Getenv: utf8Locale, Terminal: v.terminal()})
		p := x.Progress(ProgressOptions{})
		for i := range 10 {
			p.Add(transfer(fmt.Sprintf("file-%d", i)))
		}
		time.Sleep(5 * time.Second)
		v.count(true)
		const watched = 30 * time.Second
		time.Sleep(watched)
		if n := v.count(false); n < 5 || n > 15 {
			t.Errorf("%d frames in %v on a line of 9600 baud", n, watched)
		}
		p.Close()
	})
}

// A log of thousands of lines must not redraw the bars for each of them.
func TestBurstOfText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, v := onTerminal(80)
		p := x.Progress(ProgressOptions{})
		offTheBeat()
		for i := range 10 {
			p.Add(transfer(fmt.Sprintf("file-%d", i)))
		}
		time.Sleep(time.Second)
		v.take()
		v.count(true)
		log := x.Logger(true)
		for i := range 1000 {
			log.Debug("dialled", "n", i)
		}
		time.Sleep(time.Second)
		if n := v.count(false); n > 8 {
			t.Errorf("%d writes", n)
		}
		p.Close()
		if n := strings.Count(v.text(), "dialled n="); n != 1000 {
			t.Errorf("%d lines of 1000:\n%s", n, v.text())
		}
	})
}

func TestCoveredScreen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, v := onTerminal(60)
		p := x.Progress(ProgressOptions{})
		offTheBeat()
		p.Add(transfer("one"))
		time.Sleep(4 * time.Second)
		v.take()
		if _, ok := x.screen.cover(); !ok {
			t.Fatal("not free")
		}
		if _, ok := x.screen.cover(); ok {
			t.Error("covered twice")
		}
		fmt.Fprintln(x.Err, "first, on stderr")
		fmt.Fprintln(x.Out, "second, on stdout")
		task := p.Add(transfer("two"))
		time.Sleep(10 * time.Second)
		task.Done()
		if sent := v.take(); sent != "" {
			t.Errorf("sent %q to a screen that is not ours", sent)
		}
		x.screen.uncover()
		x.screen.uncover()
		time.Sleep(time.Second)
		golden(t, "uncovered.golden", v.text())

		x.screen.cover()
		p.Close()
		fmt.Fprintln(x.Err, "after")
		if sent := v.take(); strings.Contains(sent, "after") {
			t.Errorf("sent %q to a screen that is not ours", sent)
		}
		x.screen.uncover()
		golden(t, "uncovered-closed.golden", v.text())
	})
}

func TestHeldTextHasABound(t *testing.T) {
	x, v := onTerminal(60)
	x.screen.cover()
	fmt.Fprintln(x.Out, "a result")
	line := strings.Repeat("x", 1000) + "\n"
	for range 5000 {
		fmt.Fprint(x.Err, line)
	}
	fmt.Fprintln(x.Err, "the last line")
	if x.screen.holding > maxHeld+len(line) {
		t.Errorf("%d bytes are held", x.screen.holding)
	}
	v.columns = 2000
	x.screen.uncover()
	got := v.text()
	if !strings.Contains(got, "a result\n") || !strings.HasSuffix(got, "\nthe last line\n") || !strings.HasPrefix(got, "(4") {
		t.Errorf("got %.200s ... %s", got, got[len(got)-100:])
	}
}
