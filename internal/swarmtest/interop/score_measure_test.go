//go:build interop

package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/swarmtest/lab"
)

// figure prints a line of the scorecard: .ci/scorecard collects them.
func figure(t *testing.T, n int, format string, args ...any) {
	t.Helper()
	if !t.Failed() {
		t.Logf("figure %d: %s", n, fmt.Sprintf(format, args...))
	}
}

// measured is a run of a program and what it cost.
type measured struct {
	Code   int
	CPU    time.Duration // of user and system
	Wall   time.Duration
	Memory int64 // bytes that were resident at most

	out, err string
}

// measureMark in the arguments has the test binary run what follows, and measure it. The system counts the memory of a new process
// from that of its parent, so the parent has to be a small one.
const measureMark = "run-and-measure"

// runMeasured is what TestMain calls first: it does not return where the process is there to measure another one.
func runMeasured() {
	if len(os.Args) < 3 || os.Args[1] != measureMark {
		return
	}
	signal.Ignore(syscall.SIGTERM) // it is for the program
	cmd := exec.Command(os.Args[2], os.Args[3:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	began := time.Now()
	err := cmd.Run()
	if cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	b, err := json.Marshal(measured{
		Code: cmd.ProcessState.ExitCode(), CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		Wall: time.Since(began), Memory: usage.Maxrss << 10,
	})
	if err == nil {
		_, err = os.NewFile(3, "result").Write(b)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// patience is how long a program may run before it counts as hanging. The machine may be busy.
const patience = 60 * time.Second

// measure runs shoal in a folder, with that folder as its home, and gives what it cost. One that hangs fails the test.
func measure(t *testing.T, dir string, args ...string) measured {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx := lab.Within(t, patience)
	cmd := exec.CommandContext(ctx, self, append([]string{measureMark, lab.Shoal{}.Binary()}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir+"/home", "LC_ALL=C.UTF-8", "XDG_CONFIG_HOME="+dir+"/home/config",
		"XDG_STATE_HOME="+dir+"/home/state", "XDG_CACHE_HOME="+dir+"/home/cache")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that both can be ended
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	result, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	cmd.ExtraFiles = []*os.File{theirs}
	err = cmd.Run()
	theirs.Close()
	b, rerr := io.ReadAll(result)
	if err != nil || rerr != nil || ctx.Err() != nil {
		t.Fatalf("shoal %.200s: %v, %v, %v: %.2000s", strings.Join(args, " "), err, rerr, ctx.Err(), errs.String())
	}
	var m measured
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatalf("%q: %v", b, err)
	}
	m.out, m.err = out.String(), errs.String()
	return m
}

// dangerous reports the first character that must not reach a terminal or a log, and where; ok is false where there is none.
func dangerous(text string) (at int, ok bool) {
	at = strings.IndexFunc(text, func(r rune) bool {
		switch {
		case r == '\n', r == '\t':
			return false
		case r < 0x20, r >= 0x7f && r < 0xa0: // C0, DEL and C1
			return true
		case r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0x61c, r == 0xfeff:
			return true // marks of direction, separators, and what cannot be seen
		}
		return false
	})
	return at, at >= 0
}
