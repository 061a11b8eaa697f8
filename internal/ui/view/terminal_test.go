package view

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gdamore/tcell/v3/vt"

	"github.com/shoal-project/shoal/internal/ui"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run go test -update)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs (run go test -update and look at the change)\n--- got\n%s--- want\n%s", path, got, want)
	}
}

// terminal is an emulated one. What is sent to it is kept.
type terminal struct {
	mu    sync.Mutex
	mock  vt.MockTerm
	w, h  int
	sent  strings.Builder
	keys  chan string
	ended chan struct{}
}

func newTerminal(t *testing.T, w, h int) *terminal {
	t.Helper()
	v := &terminal{w: w, h: h, keys: make(chan string, 64), ended: make(chan struct{})}
	v.mock = vt.NewMockTerm(vt.MockOptSize{X: vt.Col(w), Y: vt.Row(h)})
	if err := v.mock.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.mock.Stop(); err != nil {
			t.Error(err)
		}
	})
	return v
}

func (v *terminal) Write(p []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sent.Write(p)
	return v.mock.Write(p)
}

// take returns what was sent since the last call.
func (v *terminal) take() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	defer v.sent.Reset()
	return v.sent.String()
}

func (v *terminal) size() (int, int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.w, v.h
}

func (v *terminal) resize(w, h int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.w, v.h = w, h
	v.mock.SetSize(vt.Coord{X: vt.Col(w), Y: vt.Row(h)})
}

// read is the keyboard.
func (v *terminal) read(p []byte) (int, error) {
	select {
	case keys := <-v.keys:
		return copy(p, keys), nil
	case <-v.ended:
		return 0, io.EOF
	case <-time.After(100 * time.Millisecond):
		return 0, nil
	}
}

// text is what is on the screen.
func (v *terminal) text() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var b strings.Builder
	for y := range v.h {
		var l strings.Builder
		for x := 0; x < v.w; {
			cell := v.mock.GetCell(vt.Coord{X: vt.Col(x), Y: vt.Row(y)})
			if cell.C == "" {
				l.WriteString(" ")
			} else {
				l.WriteString(cell.C)
			}
			x += max(int(cell.W), 1)
		}
		b.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// io is an IO on the terminal.
func (v *terminal) io(env ...string) *ui.IO {
	vars := map[string]string{"TERM": "xterm-256color", "LANG": "en_US.UTF-8"}
	for i := 0; i < len(env); i += 2 {
		vars[env[i]] = env[i+1]
	}
	return ui.NewIO(ui.Options{
		Out: v, Err: v, Getenv: func(name string) string { return vars[name] },
		Terminal: &ui.Terminal{InTTY: true, OutTTY: true, ErrTTY: true, Size: v.size, Keys: v.read},
	})
}
