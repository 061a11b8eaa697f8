package tracker

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A thousand torrents that begin at once come upon a tracker a few at a time, and a dead tracker has them
// wait for itself alone.
func TestGate(t *testing.T) {
	const torrents = 1000
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		now, most := make(map[string]int), make(map[string]int)
		busy := func(host string, n int) {
			mu.Lock()
			defer mu.Unlock()
			now[host] += n
			most[host] = max(most[host], now[host])
		}
		atOnce := func(host string) int {
			mu.Lock()
			defer mu.Unlock()
			return most[host]
		}
		r := newRig()
		r.hosts["live"] = func(*http.Request) (string, error) {
			busy("live", 1)
			defer busy("live", -1)
			time.Sleep(100 * time.Millisecond)
			return "d8:intervali3600e8:completei1e10:incompletei1ee", nil
		}
		r.hosts["dead"] = func(q *http.Request) (string, error) {
			busy("dead", 1)
			defer busy("dead", -1)
			return silent(q)
		}
		gate := new(Gate)
		var all []*Announcer
		var ends []func()
		for range torrents {
			a := r.announcer("live|dead", func(c *Config) { c.Gate = gate })
			all = append(all, a)
			ends = append(ends, run(t, a))
		}
		time.Sleep(10 * time.Minute)
		if n := len(r.of("live")); n != torrents || atOnce("live") != gateAlive {
			t.Errorf("live was asked %d times, %d at once", n, atOnce("live"))
		}
		last := slices.MaxFunc(r.of("live"), func(x, y call) int { return int(x.at - y.at) })
		if last.at > torrents/gateAlive*100*time.Millisecond+time.Second {
			t.Errorf("live was asked last after %v", last.at)
		}
		if n := len(r.of("dead")); atOnce("dead") > gateUnknown || n > 12 {
			t.Errorf("dead was asked %d times, %d at once", n, atOnce("dead"))
		}
		for _, end := range ends {
			end()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		var work sync.WaitGroup
		for _, a := range all {
			work.Go(func() { a.Stop(ctx) })
		}
		work.Wait()
		if n := len(r.of("live")); n != 2*torrents {
			t.Errorf("live heard %d of %d goodbyes", n-torrents, torrents)
		}
		if len(gate.lanes) != 0 || len(gate.waiting) != 0 || gate.inside != 0 {
			t.Errorf("left in the gate: %+v", gate)
		}
	})
}

func TestGateBoundsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := new(Gate)
		var leaves []func(verdict)
		for i := range gateAll {
			leave, err := g.enter(t.Context(), fmt.Sprint(i))
			if err != nil {
				t.Fatal(err)
			}
			leaves = append(leaves, leave)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := g.enter(ctx, "late"); err == nil {
			t.Error("let in beyond the bound")
		}
		entered := make(chan func(verdict))
		go func() {
			leave, err := g.enter(t.Context(), "patient")
			if err != nil {
				t.Error(err)
			}
			entered <- leave
		}()
		synctest.Wait()
		leaves[0](verdictNone)
		leaves[0] = <-entered
		for _, leave := range leaves {
			leave(verdictAlive)
		}
		if len(g.lanes) != 0 || g.inside != 0 {
			t.Errorf("left: %+v", g)
		}
	})
}

// Whoever gives up at the moment at which it is let in leaves its place to the next one.
func TestGateGivenUpWhenLetIn(t *testing.T) {
	g := new(Gate)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 * gateUnknown {
		if leave, err := g.enter(ended, "a"); err == nil {
			leave(verdictNone)
		}
	}
	if len(g.lanes) != 0 || g.inside != 0 || len(g.waiting) != 0 {
		t.Errorf("left: %+v", g)
	}
}
