package tracker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shoal-project/shoal/internal/network"
)

func TestAnnounceOverALifetime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.hosts["a"] = answer("d8:intervali600e12:min intervali60e10:tracker id2:id5:peers6:\x01\x02\x03\x04\x1a\xe1e")
		var left atomic.Int64
		left.Store(100)
		a := r.announcer("a", func(c *Config) {
			c.InfoHash = [20]byte([]byte("\x00&= +%\xffabcdefghijklm"))
			c.PeerID = [20]byte([]byte("-SO0000-abcdefghijkl"))
			c.Stats = func() Stats { return Stats{Uploaded: 7, Downloaded: 8, Left: left.Load()} }
		})
		end := run(t, a)
		time.Sleep(25 * time.Minute) // started, and two more
		left.Store(0)
		a.Completed()
		synctest.Wait()
		time.Sleep(11 * time.Minute) // one more
		end()
		a.Stop(t.Context())
		a.Stop(t.Context()) // goodbye is said once

		want := []string{"started", "", "", "completed", "", "stopped"}
		if got := r.events("a"); !slices.Equal(got, want) {
			t.Fatalf("events %q, want %q", got, want)
		}
		calls := r.of("a")
		for i, at := range []time.Duration{0, 10, 20, 25, 35, 36} {
			if calls[i].at != at*time.Minute {
				t.Errorf("announce %d at %v, want %v", i, calls[i].at, at*time.Minute)
			}
		}
		for key, want := range map[string]string{
			"info_hash": "\x00&= +%\xffabcdefghijklm", "peer_id": "-SO0000-abcdefghijkl", "port": "6881", "compact": "1",
			"uploaded": "7", "downloaded": "8", "numwant": "100", "key": fmt.Sprintf("%08X", a.key),
		} {
			for i, c := range calls[:5] {
				if got := c.query.Get(key); got != want {
					t.Errorf("announce %d: %s=%q, want %q", i, key, got, want)
				}
			}
		}
		if calls[0].query.Has("trackerid") || calls[1].query.Get("trackerid") != "id" || calls[5].query.Get("trackerid") != "id" {
			t.Error("the tracker's id is not sent back")
		}
		if calls[0].query.Get("left") != "100" || calls[4].query.Get("left") != "0" || calls[5].query.Get("numwant") != "0" {
			t.Error("wrong numbers")
		}
		if len(r.found) != 5 || r.found[0] != netip.MustParseAddrPort("1.2.3.4:6881") {
			t.Errorf("found %v", r.found)
		}
	})
}

func TestCompletedIsSaidOnlyToWhoKnewUsIncomplete(t *testing.T) {
	for _, c := range []struct {
		name   string
		before bool // complete from the start
		fail   int  // announces that fail at first
		want   []string
	}{
		{"seed from the start", true, 0, []string{"started", ""}},
		{"seed from the start, unheard", true, 2, []string{"started", "started", "started", ""}},
		{"complete before the first answer", false, 2, []string{"started", "started", "started", ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig()
				var n int
				var left atomic.Int64
				if !c.before {
					left.Store(5)
				}
				r.hosts["a"] = func(*http.Request) (string, error) {
					if n++; n <= c.fail {
						return "", errDown
					}
					return halfHour, nil
				}
				a := r.announcer("a", func(cfg *Config) { cfg.Stats = func() Stats { return Stats{Left: left.Load()} } })
				if c.before {
					a.Completed()
				}
				end := run(t, a)
				synctest.Wait()
				left.Store(0)
				if c.fail > 0 {
					a.Completed()
				}
				time.Sleep(45 * time.Minute)
				end()
				if got := r.events("a"); !slices.Equal(got, c.want) {
					t.Errorf("events %q, want %q", got, c.want)
				}
			})
		})
	}
}

func TestCompletedIsRepeatedUntilHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		var n int
		r.hosts["a"] = func(*http.Request) (string, error) {
			if n++; n == 2 {
				return "", errDown
			}
			return halfHour, nil
		}
		var left atomic.Int64
		left.Store(1)
		a := r.announcer("a", func(c *Config) { c.Stats = func() Stats { return Stats{Left: left.Load()} } })
		end := run(t, a)
		synctest.Wait()
		left.Store(0)
		a.Completed()
		time.Sleep(time.Minute)
		end()
		if got := r.events("a"); !slices.Equal(got, []string{"started", "completed", "completed"}) {
			t.Errorf("events %q", got)
		}
	})
}

func TestStopIsBoundedAndParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		slow := func(q *http.Request) (string, error) {
			if q.URL.Query().Get("event") == "stopped" {
				return silent(q)
			}
			return halfHour, nil
		}
		r.hosts["a"], r.hosts["b"], r.hosts["c"], r.hosts["d"] = slow, slow, answer(halfHour), down
		a := r.announcer("a|b|c|d", nil)
		end := run(t, a)
		synctest.Wait()
		end()
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		a.Stop(ctx)
		if d := time.Since(start); d != 3*time.Second {
			t.Errorf("Stop took %v", d)
		}
		for host, want := range map[string]bool{"a": true, "b": true, "c": true, "d": false} {
			if got := slices.Contains(r.events(host), "stopped"); got != want {
				t.Errorf("%s heard the goodbye: %v, want %v", host, got, want)
			}
		}
	})
}

func TestStopEndsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.hosts["a"], r.hosts["b"] = answer(halfHour), silent
		a := r.announcer("a|b", nil)
		done := make(chan error, 1)
		go func() { done <- a.Run(t.Context()) }()
		synctest.Wait()
		a.Stop(t.Context())
		if err := <-done; err != nil {
			t.Errorf("Run = %v after Stop", err)
		}
		if err := a.Run(t.Context()); !errors.Is(err, ErrStarted) {
			t.Errorf("a second Run = %v", err)
		}
		if got := r.events("b"); !slices.Equal(got, []string{"started"}) {
			t.Errorf("the one that never answered heard %q", got)
		}
	})
}

func TestStopBeforeRun(t *testing.T) {
	r := newRig()
	a := r.announcer("a", nil)
	a.Stop(t.Context())
	if err := a.Run(t.Context()); !errors.Is(err, ErrStarted) {
		t.Errorf("Run after Stop = %v", err)
	}
	if len(r.of("")) != 0 {
		t.Errorf("asked %v", r.of(""))
	}
}

func TestUnusableTrackers(t *testing.T) {
	r := newRig()
	bad := []string{
		"", "wss://t.example/announce", "udp://t.example", "http://", "://", "t.example:80", "http:///announce",
		"udp://:80", "http://t.example/" + strings.Repeat("a", 3000), "http://t.example/%zz", "file:///etc/passwd",
	}
	a := r.announcer("", func(c *Config) { c.Tiers = [][]string{bad, nil} })
	if err := a.Run(t.Context()); !errors.Is(err, ErrNoTrackers) {
		t.Errorf("Run = %v", err)
	}
	s := a.Status()
	if len(s) != len(bad) {
		t.Fatalf("%d statuses", len(s))
	}
	for _, s := range s {
		if s.Err == nil || !s.Next.IsZero() || s.Seeders != -1 || s.Leechers != -1 {
			t.Errorf("status %+v", s)
		}
	}
	if err := New(Config{}).Run(t.Context()); !errors.Is(err, ErrNoTrackers) {
		t.Errorf("Run without trackers = %v", err)
	}
}

func TestTrackersAreBoundedAndUsedOnce(t *testing.T) {
	var many []string
	for i := range 200 {
		many = append(many, fmt.Sprintf("http://t%d/announce", i/2))
	}
	if n := len(New(Config{Tiers: [][]string{many, many}}).Status()); n != maxTrackers {
		t.Errorf("%d trackers", n)
	}
	if n := len(New(Config{Tiers: [][]string{many[:4], many[:4]}}).tiers); n != 1 {
		t.Errorf("%d tiers", n)
	}
}

func TestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.hosts["good"] = answer("d8:completei7e10:incompletei3e8:intervali600e15:warning message13:hello p4ssk3y5:peers6:\x01\x02\x03\x04\x1a\xe1e")
		r.hosts["bad"] = answer("d14:failure reason23:unknown passkey p4ssk3ye")
		r.hosts["down"], r.hosts["silent"] = down, silent
		var tiers [][]string
		for _, host := range []string{"good", "bad", "down", "silent"} {
			tiers = append(tiers, []string{"http://" + host + "/p4ssk3y/announce?auth=p4ssk3y"})
		}
		a := r.announcer("", func(c *Config) { c.Tiers = tiers })
		if s := a.Status()[0]; s.Announcing || !s.Last.IsZero() || s.Err != nil || s.Seeders != -1 {
			t.Errorf("before Run: %+v", s)
		}
		end := run(t, a)
		synctest.Wait()
		s := a.Status()
		for i, s := range s {
			if text := fmt.Sprintf("%+v", s); strings.Contains(text, "p4ssk3y") || s.Tier != i {
				t.Errorf("status %s", text)
			}
		}
		if g := s[0]; g.Seeders != 7 || g.Leechers != 3 || g.Peers != 1 || g.Err != nil || g.Warning != "hello ***" ||
			!g.Last.Equal(time.Now()) || !g.Next.Equal(time.Now().Add(10*time.Minute)) || g.Announcing || g.URL != "http://good/***/announce?***" {
			t.Errorf("good: %+v", g)
		}
		if f, ok := errors.AsType[*Failure](s[1].Err); !ok || f.Reason != "unknown passkey ***" || !s[1].Next.After(time.Now()) {
			t.Errorf("bad: %+v", s[1])
		}
		if !errors.Is(s[2].Err, errDown) {
			t.Errorf("down: %+v", s[2])
		}
		if !s[3].Announcing || s[3].Err != nil {
			t.Errorf("silent: %+v", s[3])
		}
		time.Sleep(attemptTimeout)
		synctest.Wait()
		if s := a.Status()[3]; !errors.Is(s.Err, context.DeadlineExceeded) || s.Announcing {
			t.Errorf("silent: %+v", s)
		}
		end()
	})
}

// An end of Run while announces are under way is no failure of theirs.
func TestEndWhileAnnouncing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.hosts["a"], r.hosts["b"] = silent, silent
		a := r.announcer("a|b", nil)
		end := run(t, a)
		time.Sleep(time.Second)
		end()
		for _, s := range a.Status() {
			if s.Err != nil || s.Announcing {
				t.Errorf("status %+v", s)
			}
		}
		a.Stop(t.Context())
		if len(r.of("")) != 2 {
			t.Errorf("asked %v", r.of(""))
		}
	})
}

func TestBothFamilies(t *testing.T) {
	const six = "d8:intervali900e8:completei9e6:peers618:0123456789abcdef12e"
	for _, c := range []struct {
		name      string
		four, six func(*http.Request) (string, error)
		found     int
		interval  time.Duration
		fails     error
	}{
		{"both", answer(halfHour), answer(six), 2, 30 * time.Minute, nil},
		{"IPv4 only", answer(halfHour), down, 1, 30 * time.Minute, nil},
		{"IPv6 only", down, answer(six), 1, 15 * time.Minute, nil},
		{"IPv6 silent", answer(halfHour), silent, 1, 30 * time.Minute, nil},
		{"none", down, down, 0, 0, errDown},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, r6 := newRig(), newRig()
				r.hosts["a"], r6.hosts["a"] = c.four, c.six
				a := r.announcer("a", func(cfg *Config) { cfg.HTTP6 = &http.Client{Transport: r6} })
				end := run(t, a)
				synctest.Wait()
				if len(r.found) != c.found {
					t.Errorf("found %v at once", r.found)
				}
				time.Sleep(otherFamilyGrace)
				synctest.Wait()
				s := a.Status()[0]
				if !errors.Is(s.Err, c.fails) || s.Announcing {
					t.Errorf("status %+v", s)
				}
				if c.fails == nil && s.Next.Sub(s.Last) != c.interval {
					t.Errorf("interval %v", s.Next.Sub(s.Last))
				}
				if len(r.of("a")) == 0 || len(r6.of("a")) == 0 || r.of("a")[0].query.Get("key") != r6.of("a")[0].query.Get("key") {
					t.Error("not asked over both families under one key")
				}
				end()
				a.Stop(t.Context())
			})
		})
	}
}

func TestExternalAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.hosts["a"] = answer("d11:external ip4:\x08\x08\x04\x04e")
		var seen netip.Addr
		a := r.announcer("a", func(c *Config) { c.External = func(ip netip.Addr) { seen = ip } })
		end := run(t, a)
		synctest.Wait()
		end()
		if seen != netip.MustParseAddr("8.8.4.4") {
			t.Errorf("external address %v", seen)
		}
	})
}

func TestGravestError(t *testing.T) {
	refused := &Failure{Reason: "no"}
	for _, c := range []struct {
		errs []error
		want error
	}{
		{[]error{errDown, nil}, errDown},
		{[]error{nil, errDown}, errDown},
		{[]error{network.ErrFamily, errDown}, errDown},
		{[]error{&net.AddrError{}, errDown}, errDown},
		{[]error{&net.DNSError{IsNotFound: true}, errDown}, errDown},
		{[]error{errDown, network.ErrFamily}, errDown},
		{[]error{errDown, context.DeadlineExceeded}, errDown},
		{[]error{errDown, refused}, refused},
		{[]error{network.ErrFamily, network.ErrFamily}, network.ErrFamily},
	} {
		if got := gravest(c.errs); got != c.want { //nolint:errorlint // this very one
			t.Errorf("gravest(%v) = %v", c.errs, got)
		}
	}
}
