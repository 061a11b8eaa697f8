package cli

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long a script waits for anything.
const patience = 60 * time.Second

type processesKey struct{}

// processes are those that a script has in the background.
type processes struct{ all map[string]*process }

// process is one of them. Its output can be looked at while it runs.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
	err   error

	mu             sync.Mutex
	stdout, stderr bytes.Buffer
	more           chan struct{} // closed and replaced when there is more output
}

// pipe is one stream of a process.
type pipe struct {
	p  *process
	to *bytes.Buffer
}

func (w pipe) Write(b []byte) (int, error) {
	w.p.mu.Lock()
	defer w.p.mu.Unlock()
	close(w.p.more)
	w.p.more = make(chan struct{})
	return w.to.Write(b)
}

func cmdStart(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start NAME PROGRAM ARG...")
	}
	path, err := exec.LookPath(args[1])
	ts.Check(err)
	p := &process{cmd: exec.Command(path, args[2:]...), ended: make(chan struct{}), more: make(chan struct{})}
	p.cmd.Dir = ts.MkAbs(".")
	p.cmd.Env = environment(ts)
	p.cmd.Stdout, p.cmd.Stderr = pipe{p, &p.stdout}, pipe{p, &p.stderr}
	ts.Check(p.cmd.Start())
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	ts.Defer(func() {
		p.cmd.Process.Kill() //nolint:errcheck // it may have ended
		<-p.ended
		ts.Logf("[%s stdout]\n%s[%s stderr]\n%s", args[0], p.stdout.String(), args[0], p.stderr.String())
	})
	ts.Value(processesKey{}).(*processes).all[args[0]] = p
}

// environment is the script's, which testscript tells only one variable at a time.
func environment(ts *testscript.TestScript) []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if v := ts.Getenv(name); v != "" && !strings.HasPrefix(name, "XDG_") && !strings.HasPrefix(name, "SHOAL_") {
			env = append(env, name+"="+v)
		}
	}
	for _, name := range []string{
		"XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "SHOAL_NO_PORT_MAP", "SHOAL_NO_LSD", "SHOAL_NO_DHT", "SHOAL_PORT", "SHOAL_BIND", "SHOAL_PEER", "GORACE",
	} {
		env = append(env, name+"="+ts.Getenv(name))
	}
	return env
}

func named(ts *testscript.TestScript, name string) *process {
	p := ts.Value(processesKey{}).(*processes).all[name]
	if p == nil {
		ts.Fatalf("no process %q was started", name)
	}
	return p
}

func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: await NAME REGEXP [VAR]")
	}
	p := named(ts, args[0])
	re, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for ended := false; ; {
		p.mu.Lock()
		text, more := p.stdout.String()+p.stderr.String(), p.more
		p.mu.Unlock()
		if m := re.FindStringSubmatch(text); m != nil {
			if len(args) == 3 {
				ts.Setenv(args[2], m[len(m)-1])
			}
			return
		}
		if ended {
			ts.Fatalf("%s ended (%v) without %q:\n%s", args[0], p.err, args[1], text)
		}
		select {
		case <-more:
		case <-p.ended:
			ended = true
		case <-deadline.C:
			ts.Fatalf("%s has not said %q:\n%s", args[0], args[1], text)
		}
	}
}

func cmdSend(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP, "KILL": os.Kill}
	if neg || len(args) != 2 || signals[args[1]] == nil {
		ts.Fatalf("usage: send NAME INT|TERM|HUP|KILL")
	}
	ts.Check(named(ts, args[0]).cmd.Process.Signal(signals[args[1]]))
}

func cmdFinish(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: finish NAME CODE")
	}
	p := named(ts, args[0])
	select {
	case <-p.ended:
	case <-time.After(patience):
		ts.Fatalf("%s goes on:\n%s%s", args[0], p.stdout.String(), p.stderr.String())
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".out"), p.stdout.Bytes(), 0o666))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".err"), p.stderr.Bytes(), 0o666))
	if got := strconv.Itoa(p.cmd.ProcessState.ExitCode()); got != args[1] {
		ts.Fatalf("%s ended with %s, want %s:\n%s%s", args[0], got, args[1], p.stdout.String(), p.stderr.String())
	}
}
