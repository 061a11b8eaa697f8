package cli

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/shoal-project/shoal/internal/ui"
)

// hooks are the programs that are run when a download has ended, without a shell. They get what aria2
// hands to its own: an identifier, here the infohash, the number of files, and the path of the first.
type hooks struct {
	complete, failed string
}

// hookHelp is what the help of a verb with these flags says of them.
const hookHelp = "The PROGRAM of --on-complete and --on-error is run without a shell, with the infohash, the number of files and\n" +
	"the path of the first as its arguments, and finds TR_APP_VERSION, TR_TIME_LOCALTIME, TR_TORRENT_ID (the place\n" +
	"among the sources), TR_TORRENT_HASH, TR_TORRENT_NAME, TR_TORRENT_DIR, TR_TORRENT_LABELS and SHOAL_EXIT_CODE in its\n" +
	"environment. What it writes goes to stderr; if it fails, there is a warning and nothing else."

func (o *hooks) addFlags(fs *pflag.FlagSet) {
	fs.StringVar(&o.complete, "on-complete", "", "when a download is complete, run `PROGRAM` INFOHASH FILES PATH")
	fs.StringVar(&o.failed, "on-error", "", "when one has failed, run `PROGRAM` INFOHASH FILES PATH")
}

// check finds the programs, so that a mistake is told before hours of downloading.
func (o *hooks) check(env Env) error {
	for _, hook := range []struct {
		flag    string
		program *string
	}{{"on-complete", &o.complete}, {"on-error", &o.failed}} {
		if *hook.program == "" {
			continue
		}
		path := *hook.program
		if strings.ContainsRune(path, filepath.Separator) || strings.Contains(path, "/") {
			path = env.path(path)
		}
		found, err := exec.LookPath(path)
		if errors.Is(err, exec.ErrDot) { // in a folder that PATH names relatively
			err = nil
		}
		if err != nil {
			var e *exec.Error
			if errors.As(err, &e) {
				err = e.Err
			}
			return hinted(usagef("--%s %s: %w", hook.flag, *hook.program, err), "it is one program, without arguments and without a shell")
		}
		if *hook.program, err = filepath.Abs(found); err != nil {
			return usagef("--%s: %w", hook.flag, err)
		}
	}
	return nil
}

// How long a hook may go on once the run was asked to stop: then it is asked too, and then made to.
const (
	hookGrace = 500 * time.Millisecond
	hookEnd   = 500 * time.Millisecond
)

// hookCall is what a hook is told of a download.
type hookCall struct {
	flag, program string
	number        int // of the source, from 1
	name, hash    string
	dir           string // absolute
	labels        []string
	files         int
	first         string // absolute; "" while it is not known
	code          int
}

// arguments are those that aria2 passes.
func (c *hookCall) arguments() []string { return []string{c.hash, strconv.Itoa(c.files), c.first} }

// variables are those that Transmission sets, and the exit code.
func (c *hookCall) variables() []string {
	return []string{
		"TR_APP_VERSION=" + Version,
		"TR_TIME_LOCALTIME=" + time.Now().Format(time.ANSIC),
		"TR_TORRENT_ID=" + strconv.Itoa(c.number),
		"TR_TORRENT_HASH=" + c.hash,
		"TR_TORRENT_NAME=" + strings.ReplaceAll(c.name, "\x00", ""),
		"TR_TORRENT_DIR=" + c.dir,
		"TR_TORRENT_LABELS=" + strings.Join(c.labels, ","),
		"SHOAL_EXIT_CODE=" + strconv.Itoa(c.code),
	}
}

// run runs the program to its end. What it writes goes to stderr; a failure is a warning. It ends with
// the run that it belongs to, soon after ctx is done.
func (c *hookCall) run(ctx context.Context, env Env, term *ui.IO) error {
	patient, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(hookGrace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-patient.Done():
		}
	})
	defer stop()
	cmd := exec.CommandContext(patient, c.program, c.arguments()...)
	cmd.Dir = env.Dir
	cmd.Env = append(os.Environ(), c.variables()...)
	cmd.Stdout, cmd.Stderr = term.Err, term.Err
	cmd.Cancel = func() error { return askToEnd(cmd.Process) }
	cmd.WaitDelay = hookEnd // also for what it has left running with our stderr
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		return nil
	}
	return err
}
