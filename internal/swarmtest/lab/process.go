package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A Process is a running program. It is killed when its test ends.
type Process struct {
	Name string

	t       testing.TB
	cmd     *exec.Cmd
	done    chan struct{} // closed when it has ended and all its output is in
	mu      sync.Mutex
	lines   []string // of stdout
	errors  []string // of stderr
	changed chan struct{}
}

// start runs cmd, collects what it prints and sees to its end.
func start(t testing.TB, name string, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{Name: name, t: t, cmd: cmd, done: make(chan struct{}), changed: make(chan struct{})}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	dieWithParent(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	var readers sync.WaitGroup
	readers.Go(func() { p.collect(stdout, &p.lines) })
	readers.Go(func() { p.collect(stderr, &p.errors) })
	go func() {
		readers.Wait()
		_ = cmd.Wait() // the exit code is in cmd.ProcessState
		close(p.done)
	}()
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			t.Logf("%s printed:\n%s", name, p.Tail(25))
		}
	})
	return p
}

func (p *Process) collect(r io.Reader, into *[]string) {
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		p.mu.Lock()
		*into = append(*into, sc.Text())
		close(p.changed)
		p.changed = make(chan struct{})
		p.mu.Unlock()
	}
}

// Line waits for a line on stdout that match accepts, counting those already printed, and returns it.
func (p *Process) Line(ctx context.Context, match func(line string) bool) (string, error) {
	for seen := 0; ; {
		p.mu.Lock()
		lines, changed := p.lines, p.changed
		p.mu.Unlock()
		for ; seen < len(lines); seen++ {
			if match(lines[seen]) {
				return lines[seen], nil
			}
		}
		select {
		case <-changed:
		case <-p.done:
			if p.count() == seen {
				return "", fmt.Errorf("%s ended with code %d before the line came:\n%s", p.Name, p.cmd.ProcessState.ExitCode(), p.Tail(15))
			}
		case <-ctx.Done():
			return "", fmt.Errorf("%s did not print the line: %w\n%s", p.Name, ctx.Err(), p.Tail(15))
		}
	}
}

func (p *Process) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.lines)
}

// Lines returns what was printed on stdout so far.
func (p *Process) Lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lines
}

// Stderr returns what was printed on stderr so far.
func (p *Process) Stderr() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.errors, "\n")
}

// Tail returns the last n lines of both outputs.
func (p *Process) Tail(n int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var b strings.Builder
	for _, out := range []struct {
		name  string
		lines []string
	}{{"out", p.lines}, {"err", p.errors}} {
		for _, l := range out.lines[max(0, len(out.lines)-n):] {
			fmt.Fprintf(&b, "  %s %s: %s\n", p.Name, out.name, l)
		}
	}
	return b.String()
}

// Exit waits for the end of the process and returns its exit code, -1 where a signal ended it.
func (p *Process) Exit(ctx context.Context) (int, error) {
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-ctx.Done():
		return 0, fmt.Errorf("%s did not end: %w\n%s", p.Name, ctx.Err(), p.Tail(15))
	}
}

// Running reports whether the process has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Signal sends sig; a process that has ended is left alone.
func (p *Process) Signal(sig os.Signal) {
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Errorf("signal %s: %v", p.Name, err)
	}
}

// Stop asks the process to end, and ends it where it does not within five seconds.
func (p *Process) Stop() {
	p.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(5 * time.Second):
		p.Kill()
	}
}

// Kill ends the process at once and waits until it is gone.
func (p *Process) Kill() {
	p.Signal(os.Kill)
	<-p.done
}

// CPU returns the processor time that an ended process used.
func (p *Process) CPU() time.Duration {
	return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
}

// PID is the process id. Within a namespace it is that of the program too: ip becomes it.
func (p *Process) PID() int { return p.cmd.Process.Pid }
