package lab

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func shell(t *testing.T, script string) *Process {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh on this system")
	}
	return Loopback(t, 1).Start("sh", "-c", script)
}

func is(want string) func(string) bool { return func(line string) bool { return line == want } }

func TestProcessLine(t *testing.T) {
	p := shell(t, "echo one; echo two; echo wrong >&2; exit 3")
	ctx := Within(t, 20*time.Second)
	if _, err := p.Line(ctx, is("two")); err != nil {
		t.Error(err)
	}
	if _, err := p.Line(ctx, is("one")); err != nil {
		t.Errorf("a line that came before the question: %v", err)
	}
	if _, err := p.Line(ctx, is("three")); err == nil || !strings.Contains(err.Error(), "code 3") {
		t.Errorf("a line that never comes: %v", err)
	}
	if code, err := p.Exit(ctx); code != 3 || err != nil {
		t.Errorf("exit %d, %v", code, err)
	}
	if p.Stderr() != "wrong" {
		t.Errorf("stderr %q", p.Stderr())
	}
}

func TestProcessStops(t *testing.T) {
	p := shell(t, "trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.1; done")
	ctx := Within(t, 20*time.Second)
	if _, err := p.Line(ctx, is("ready")); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := p.Exit(short); !errors.Is(err, context.Canceled) || !p.Running() {
		t.Errorf("waiting ended with %v, running %t", err, p.Running())
	}
	p.Stop()
	if code, err := p.Exit(ctx); code != 5 || err != nil {
		t.Errorf("exit %d, %v", code, err)
	}
	p.Kill() // again: nothing happens
}

func TestPollTellsTheLastAnswer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	asked := 0
	err := Poll(ctx, "a miracle", func() (bool, error) {
		if asked++; asked == 3 {
			cancel()
		}
		return false, errors.New("not today")
	})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "not today") {
		t.Error(err)
	}
}
