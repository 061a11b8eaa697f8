package tracker

import (
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shoal-project/shoal/internal/network"
)

// transfer is what an announcer is told of one.
type transfer struct {
	left    atomic.Int64
	partial atomic.Bool
}

func (s *transfer) config(c *Config) {
	c.Stats = func() Stats { return Stats{Left: s.left.Load(), Partial: s.partial.Load()} }
}

// said is what a tracker heard: minute, event, left.
type said struct {
	minute      time.Duration
	event, left string
}

func (r *rig) said(host string) []said {
	var all []said
	for _, c := range r.of(host) {
		all = append(all, said{c.at / time.Minute, c.event, c.query.Get("left")})
	}
	return all
}

const hourly = "d8:intervali3600e12:min intervali300e8:completei1e10:incompletei1ee"

func TestBackToLeechingAndOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.hosts["a"] = answer(hourly)
		s := new(transfer)
		s.left.Store(9)
		a := r.announcer("a", s.config)
		end := run(t, a)
		time.Sleep(10 * time.Minute)
		s.left.Store(0)
		a.Completed() // at once
		time.Sleep(time.Minute)
		s.left.Store(5)
		a.Incomplete() // when the minimum allows, at 15
		a.Incomplete()
		time.Sleep(9 * time.Minute)
		s.left.Store(0)
		a.Completed() // at 20, and it was said before that it was completed
		time.Sleep(2 * time.Minute)
		a.Incomplete() // for a moment only: nothing to say
		a.Completed()
		time.Sleep(30 * time.Minute)
		end()
		want := []said{{0, "started", "9"}, {10, "completed", "0"}, {15, "", "5"}, {20, "", "0"}}
		if got := r.said("a"); !slices.Equal(got, want) {
			t.Errorf("said %v, want %v", got, want)
		}
	})
}

// What is wanted is there, but not all: that is no completion, and each announce says so (BEP 21).
func TestPartialSeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.hosts["a"] = answer(hourly)
		s := new(transfer)
		s.left.Store(9)
		a := r.announcer("a", s.config)
		end := run(t, a)
		time.Sleep(10 * time.Minute)
		s.left.Store(4)
		s.partial.Store(true)
		a.Completed()
		time.Sleep(80 * time.Minute)
		s.partial.Store(false)
		a.Incomplete() // the rest is wanted now
		time.Sleep(10 * time.Minute)
		s.left.Store(0)
		a.Completed()
		time.Sleep(time.Minute)
		end()
		a.Stop(t.Context())
		want := []said{{0, "started", "9"}, {10, "paused", "4"}, {70, "paused", "4"}, {90, "", "4"}, {100, "completed", "0"}, {101, "stopped", "0"}}
		if got := r.said("a"); !slices.Equal(got, want) {
			t.Errorf("said %v, want %v", got, want)
		}
	})
}

// BEP 15 has no number for it.
func TestPausedIsNotSaidOverUDP(t *testing.T) {
	b := request{event: eventPaused}.announcePacket(0, 0, nil)
	if !slices.Equal(b[80:84], []byte{0, 0, 0, 0}) {
		t.Errorf("event %x", b[80:84])
	}
}

func TestAnotherPort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.hosts["a"], r.hosts["b"] = answer(hourly), down
		a := r.announcer("a|b", nil)
		a.SetPort(1000)
		end := run(t, a)
		time.Sleep(2 * time.Minute)
		a.SetPort(1001)
		a.SetPort(1002) // at 5, when the minimum allows
		time.Sleep(8 * time.Minute)
		a.SetPort(1002)
		time.Sleep(10 * time.Minute)
		a.SetPort(1003) // at once
		time.Sleep(time.Second)
		end()
		a.Stop(t.Context())
		var got []string
		for _, c := range r.of("a") {
			got = append(got, (c.at/time.Minute).String()+" "+c.query.Get("port"))
		}
		if want := []string{"0s 1000", "5ns 1002", "20ns 1003", "20ns 1003"}; !slices.Equal(got, want) {
			t.Errorf("announced %q, want %q", got, want)
		}
	})
}

func TestCrypto(t *testing.T) {
	for c, want := range map[Crypto][2]string{
		CryptoUnknown: {"", ""}, CryptoSupported: {"1", ""}, CryptoRequired: {"1", "1"},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig()
			r.hosts["a"] = answer(hourly)
			a := r.announcer("a", func(cfg *Config) { cfg.Crypto = c })
			a.tiers[0].endpoints[0].announce(t.Context())
			q := r.of("a")[0].query
			if got := [2]string{q.Get("supportcrypto"), q.Get("requirecrypto")}; got != want {
				t.Errorf("%v: %q, want %q", c, got, want)
			}
		})
	}
}

func TestDownloadedIsTakenFromAnnounces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.hosts["a"] = answer("d8:completei7e10:downloadedi8e10:incompletei3e8:intervali600ee")
		a := r.announcer("a", nil)
		a.tiers[0].endpoints[0].announce(t.Context())
		if s := a.Status()[0]; s.Counts != (Counts{7, 3, 8}) || !s.Counted.Equal(time.Now()) {
			t.Errorf("status %+v", s)
		}
	})
}

// One that fails for a moment, in a tier with one that never answers, does not wait for that one.
func TestASilentTrackerDoesNotHoldUpASecondTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.hosts["a"] = silent
		var n int
		r.hosts["b"] = func(*http.Request) (string, error) {
			if n++; n == 1 {
				return "", errDown
			}
			return halfHour, nil
		}
		end := run(t, inOrder(r.announcer("a b", nil)))
		time.Sleep(30 * time.Second)
		end()
		if c := r.of("b"); len(c) != 2 || c[1].at > 15*time.Second {
			t.Errorf("b was asked %v", c)
		}
	})
}

// A long list of trackers in one tier, all dead but for the last one.
func TestManyDeadTrackersDelayTheirTierLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		hosts := ""
		for c := 'a'; c < 'z'; c++ {
			r.hosts[string(c)] = silent
			hosts += string(c) + " "
		}
		r.hosts["z"] = answer(halfHour)
		end := run(t, inOrder(r.announcer(hosts+"z", nil)))
		time.Sleep(time.Minute)
		end()
		if c := r.of("z"); len(c) != 1 || c[0].at > 20*time.Second {
			t.Errorf("z was asked %v", c)
		}
	})
}

// While this machine has no network, trying again costs nobody anything, so it is done within minutes.
func TestOffline(t *testing.T) {
	for _, err := range []error{
		syscall.ENETUNREACH, syscall.EMFILE, network.ErrFamily,
		&net.DNSError{IsTemporary: true}, &net.DNSError{IsTimeout: true, IsTemporary: true},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig()
			var online atomic.Bool
			r.hosts["a"] = func(*http.Request) (string, error) {
				if online.Load() {
					return halfHour, nil
				}
				return "", err
			}
			end := run(t, r.announcer("a", nil))
			time.Sleep(6 * time.Hour)
			online.Store(true)
			before := len(r.of("a"))
			time.Sleep(offlineBackoff)
			end()
			if got := len(r.of("a")); before < 180 || before > 300 || got != before+1 {
				t.Errorf("%v: asked %d times, and %d when it was over", err, before, got-before)
			}
		})
	}
	for _, err := range []error{errDown, &net.DNSError{IsNotFound: true, IsTemporary: true}, &Failure{}} {
		if offline(err) {
			t.Errorf("%v is called offline", err)
		}
	}
}
