package lab

import (
	"context"
	"fmt"
	"strconv"
	"testing"
)

// Aria2 drives aria2c. It takes no peer's address: give it a tracker.
type Aria2 struct{}

// Name of the client.
func (Aria2) Name() string { return "aria2" }

// Need skips the test where aria2c is missing.
func (Aria2) Need(t testing.TB) { t.Helper(); need(t, "aria2c", "aria2") }

// Seed hashes what is there first.
func (c Aria2) Seed(h *Host, job Job) *Peer {
	p := c.run(h, job, "--check-integrity=true", "--seed-ratio=0.0")
	p.Complete = func(context.Context) error { return nil } // the tracker tells
	return p
}

// Get ends when it has everything.
func (c Aria2) Get(h *Host, job Job) *Peer {
	p := c.run(h, job, "--seed-time=0")
	p.Complete = func(ctx context.Context) error {
		switch code, err := p.Exit(ctx); {
		case err != nil:
			return err
		case code != 0:
			return fmt.Errorf("aria2c ended with code %d\n%s", code, p.Tail(25))
		}
		return nil
	}
	return p
}

func (c Aria2) run(h *Host, job Job, more ...string) *Peer {
	args := []string{
		"--no-conf", "--dir=" + mkdir(h.t, job.Dir), "--file-allocation=none", "--listen-port=" + strconv.Itoa(Port),
		"--bt-enable-lpd=false", "--enable-dht6=false", "--enable-peer-exchange=false", "--follow-torrent=mem",
		"--summary-interval=1", "--console-log-level=notice", "--download-result=full",
		// Its UDP trackers go through the socket of its DHT, which knows no node here.
		fmt.Sprintf("--enable-dht=%t", job.UDP), "--dht-listen-port=" + strconv.Itoa(Port),
	}
	args = append(append(append(args, more...), job.Extra...), job.Source)
	return &Peer{Process: h.Start("aria2c", args...)}
}
