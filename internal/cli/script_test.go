package cli

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts in testdata/script run the program as a user does. Beside testscript's own commands they
// have these:
//
//	fails CODE shoal ...        run it and want this exit code; stdout and stderr can be looked at
//	start NAME shoal ...        run it in the background
//	await NAME REGEXP [VAR]     wait until its output, of either stream, matches; VAR gets the first group
//	send NAME INT|TERM|HUP|KILL send it a signal
//	finish NAME CODE            wait until it ends; its output is left in NAME.out and NAME.err
//	random FILE SIZE [SEED]     make a file of random bytes, the same for the same seed
//	damage FILE OFFSET          change a byte of a file
//	serve VAR                   serve the folder over HTTP and put the address into VAR
//	same FILE FILE              the files have the same bytes
//	recipe HEADING LANG N ...   run a block of docs/recipes.md; OLD=>NEW replaces in it
//	extract HEADING LANG N FILE write a block of docs/recipes.md, likewise
//	unit FILE                   check a unit of systemd
//	golden FILE WANT            stdout, stderr or a file is as in WANT, but for times, rates and ports
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			for _, name := range []string{"CONFIG", "STATE", "CACHE"} {
				e.Setenv("XDG_"+name+"_HOME", filepath.Join(e.WorkDir, ".xdg", strings.ToLower(name)))
			}
			// No router, no DHT of the world, no port that is taken: what touches the network says so.
			e.Setenv("SHOAL_NO_PORT_MAP", "true")
			e.Setenv("SHOAL_NO_LSD", "true")
			e.Setenv("SHOAL_NO_DHT", "true")
			e.Setenv("SHOAL_PORT", "0")
			e.Setenv("SHOAL_BIND", "127.0.0.1")
			e.Setenv("GORACE", "atexit_sleep_ms=0") // with -race each process would wait a second at its end
			e.Values[processesKey{}] = &processes{all: map[string]*process{}}
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "root" {
				return os.Getuid() == 0, nil
			}
			return false, errors.New("unknown condition")
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"fails": cmdFails, "start": cmdStart, "await": cmdAwait, "send": cmdSend, "finish": cmdFinish,
			"random": cmdRandom, "damage": cmdDamage, "same": cmdSame, "serve": cmdServe,
			"recipe": cmdRecipe, "extract": cmdExtract, "unit": cmdUnit, "golden": cmdGolden,
		},
	})
}

func TestMain(m *testing.M) {
	// Scripts mostly wait, for each other's processes and for time to pass. What is typed goes before it.
	_ = flag.Set("test.parallel", "6")
	testscript.Main(m, map[string]func(){"shoal": func() { os.Exit(runProcess()) }})
}

// runProcess is what the program's main function does.
func runProcess() int {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals, hangups := make(chan os.Signal, 2), make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		<-signals
		cancel(ErrInterrupted)
	}()
	return Main(ctx, Env{
		Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr, LookupEnv: os.LookupEnv,
		Hangup: hangups, Interrupt: func() { signals <- syscall.SIGHUP },
	})
}

func cmdFails(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: fails CODE PROGRAM ARG...")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

func cmdRandom(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: random FILE SIZE [SEED]")
	}
	size, err := strconv.Atoi(args[1])
	ts.Check(err)
	var seed [32]byte
	copy(seed[:], args[0])
	if len(args) > 2 {
		copy(seed[:], args[2])
	}
	b := make([]byte, size)
	rand.NewChaCha8(seed).Read(b) //nolint:errcheck // it never fails
	path := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o777))
	ts.Check(os.WriteFile(path, b, 0o666))
}

func cmdDamage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: damage FILE OFFSET")
	}
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	path := ts.MkAbs(args[0])
	b, err := os.ReadFile(path)
	ts.Check(err)
	b[at] ^= 0xff
	ts.Check(os.WriteFile(path, b, 0o666))
}

func cmdSame(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: same FILE FILE")
	}
	a, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	b, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	if bytes.Equal(a, b) == neg {
		ts.Fatalf("%s and %s: %d and %d bytes, equal %v", args[0], args[1], len(a), len(b), !neg)
	}
}

func cmdServe(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: serve VAR")
	}
	answer := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
	}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(ts.MkAbs("."))))
	mux.Handle("/secret", answer(http.StatusForbidden))
	mux.Handle("/broken", answer(http.StatusBadGateway))
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	})
	server := httptest.NewServer(mux)
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
}
