// Command shoal shares files over BitTorrent. This file owns what belongs to the process alone: its
// streams, its signals and its exit code.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/shoal-project/shoal/internal/cli"
)

// patience is how long the work may take to end after the first signal, and interrupted what the
// process returns when it took longer or a second signal came.
const (
	patience    = 2900 * time.Millisecond
	interrupted = 7
)

func main() {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	hangups := make(chan os.Signal, 1)
	if !signal.Ignored(syscall.SIGHUP) { // nohup asks for just that
		signal.Notify(hangups, syscall.SIGHUP)
	}
	go func() {
		<-signals
		cancel(cli.ErrInterrupted)
		select {
		case <-signals:
		case <-time.After(patience):
		}
		os.Exit(interrupted)
	}()
	os.Exit(cli.Main(ctx, cli.Env{
		Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr, LookupEnv: os.LookupEnv,
		Hangup: hangups, Interrupt: func() { signals <- syscall.SIGHUP },
	}))
}
