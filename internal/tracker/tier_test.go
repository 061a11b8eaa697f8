package tracker

import (
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestTiersDoNotWaitForOneAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.hosts["dead"], r.hosts["down"] = silent, down
		r.hosts["b"], r.hosts["c"] = answer(halfHour), answer(halfHour)
		a := r.announcer("dead|down|b|c", nil)
		end := run(t, a)
		synctest.Wait()
		for _, host := range []string{"b", "c"} {
			if c := r.of(host); len(c) != 1 || c[0].at != 0 {
				t.Errorf("%s was asked %v", host, c)
			}
		}
		end()
	})
}

func TestOrderWithinATier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.hosts["a"], r.hosts["b"], r.hosts["c"] = down, answer(halfHour), answer(halfHour)
		a := inOrder(r.announcer("a b c", nil))
		end := run(t, a)
		time.Sleep(time.Hour + time.Minute)
		end()
		// a fails at once, b answers, and stays.
		if len(r.of("a")) != 1 || len(r.of("b")) != 3 || len(r.of("c")) != 0 {
			t.Errorf("asked a %d, b %d, c %d times", len(r.of("a")), len(r.of("b")), len(r.of("c")))
		}
		s := a.Status()
		if s[0].URL != "http://b/announce" || s[1].URL != "http://a/announce" || s[2].URL != "http://c/announce" {
			t.Errorf("order %v", s)
		}
	})
}

func TestAnotherOfTheTierTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		var broken atomic.Bool
		r.hosts["a"] = func(q *http.Request) (string, error) {
			if broken.Load() {
				return "", errDown
			}
			return halfHour, nil
		}
		r.hosts["b"] = answer(halfHour)
		a := inOrder(r.announcer("a b", nil))
		end := run(t, a)
		synctest.Wait()
		broken.Store(true)
		time.Sleep(31 * time.Minute)
		if c := r.of("b"); len(c) != 1 || c[0].at != 30*time.Minute || c[0].event != "started" {
			t.Errorf("b was asked %v", c)
		}
		end()
		a.Stop(t.Context())
		// Both know of us, so both are told.
		if !slices.Contains(r.events("a"), "stopped") || !slices.Contains(r.events("b"), "stopped") {
			t.Errorf("events of a %q, of b %q", r.events("a"), r.events("b"))
		}
	})
}

func TestADeadTrackerDelaysItsTierLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.hosts["a"], r.hosts["b"], r.hosts["c"] = silent, silent, answer(halfHour)
		end := run(t, inOrder(r.announcer("a b c", nil)))
		time.Sleep(time.Minute)
		end()
		if c := r.of("c"); len(c) != 1 || c[0].at != firstStagger+firstStagger/2 {
			t.Errorf("c was asked %v", c)
		}
		if len(r.of("")) != 3 {
			t.Errorf("asked %d times", len(r.of("")))
		}
	})
}

func TestASlowTrackerInUseIsNotDoubled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		var slow atomic.Bool
		r.hosts["a"] = func(q *http.Request) (string, error) {
			if slow.Load() {
				time.Sleep(20 * time.Second)
			}
			return halfHour, nil
		}
		r.hosts["b"] = answer(halfHour)
		end := run(t, inOrder(r.announcer("a b", nil)))
		synctest.Wait()
		slow.Store(true)
		time.Sleep(45 * time.Minute)
		end()
		if len(r.of("a")) != 2 || len(r.of("b")) != 0 {
			t.Errorf("asked a %d, b %d times", len(r.of("a")), len(r.of("b")))
		}
	})
}

func TestBackoff(t *testing.T) {
	for name, host := range map[string]func(*http.Request) (string, error){
		"down": down, "refusing": answer("d14:failure reason2:noe"), "babbling": answer("<html>"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig()
				r.hosts["a"] = host
				end := run(t, r.announcer("a", nil))
				time.Sleep(12 * time.Hour)
				end()
				calls := r.of("a")
				for i := 1; i < len(calls); i++ {
					pause := calls[i].at - calls[i-1].at
					least := min(firstBackoff<<min(i-1, 20), lastBackoff*3/4)
					if pause < least || pause > least*4/3 || pause > lastBackoff {
						t.Errorf("pause %d is %v, want %v to %v", i, pause, least, least*4/3)
					}
				}
				if len(calls) < 30 || len(calls) > 50 {
					t.Errorf("asked %d times in 12 h", len(calls))
				}
			})
		})
	}
}

func TestRetryIn(t *testing.T) {
	for _, c := range []struct {
		body string
		want []time.Duration
	}{
		{"d14:failure reason4:busy8:retry ini90ee", []time.Duration{0, 90 * time.Minute, 180 * time.Minute}},
		{"d14:failure reason4:gone8:retry in5:nevere", []time.Duration{0}},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig()
			r.hosts["a"] = answer(c.body)
			a := r.announcer("a", nil)
			end := run(t, a)
			time.Sleep(time.Hour)
			a.More()
			a.Completed()
			time.Sleep(150 * time.Minute)
			end()
			a.Stop(t.Context())
			var at []time.Duration
			for _, c := range r.of("a") {
				at = append(at, c.at)
			}
			if !slices.Equal(at, c.want) {
				t.Errorf("%s: asked at %v, want %v", c.body, at, c.want)
			}
		})
	}
}

func TestNeverAloneLeavesTheTierToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig()
		r.hosts["a"], r.hosts["b"] = answer("d14:failure reason4:gone8:retry in5:nevere"), answer(halfHour)
		end := run(t, inOrder(r.announcer("a b", nil)))
		time.Sleep(time.Hour + time.Minute)
		end()
		if len(r.of("a")) != 1 || len(r.of("b")) != 3 {
			t.Errorf("asked a %d, b %d times", len(r.of("a")), len(r.of("b")))
		}
	})
}

func TestIntervals(t *testing.T) {
	for _, c := range []struct {
		body string
		want time.Duration
	}{
		{"de", defaultInterval},
		{"d8:intervali0ee", defaultInterval},
		{"d8:intervali-1ee", defaultInterval},
		{"d8:intervali1ee", minInterval},
		{"d8:intervali900ee", 15 * time.Minute},
		{"d8:intervali60e12:min intervali300ee", 5 * time.Minute},
		{"d8:intervali999999999ee", maxInterval},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig()
			r.hosts["a"] = answer(c.body)
			a := r.announcer("a", nil)
			end := run(t, a)
			synctest.Wait()
			if next := time.Until(a.Status()[0].Next); next != c.want {
				t.Errorf("%s: next in %v, want %v", c.body, next, c.want)
			}
			time.Sleep(c.want)
			synctest.Wait()
			if n := len(r.of("a")); n != 2 {
				t.Errorf("%s: asked %d times", c.body, n)
			}
			end()
		})
	}
}

func TestMoreHonoursTheMinimum(t *testing.T) {
	for _, c := range []struct {
		body string
		want []time.Duration
	}{
		{"d8:intervali1800e12:min intervali120ee", []time.Duration{0, 2 * time.Minute, 5 * time.Minute, 35 * time.Minute}},
		{"d8:intervali1800ee", []time.Duration{0, 5 * time.Minute, 10 * time.Minute, 40 * time.Minute}},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig()
			r.hosts["a"] = answer(c.body)
			a := r.announcer("a", nil)
			end := run(t, a)
			time.Sleep(time.Second)
			a.More() // too early: at the minimum
			a.More()
			time.Sleep(5*time.Minute - time.Second) // the minimum is over by now
			synctest.Wait()
			a.More()
			time.Sleep(37 * time.Minute)
			end()
			var at []time.Duration
			for _, c := range r.of("a") {
				at = append(at, c.at)
			}
			if !slices.Equal(at, c.want) {
				t.Errorf("%s: asked at %v, want %v", c.body, at, c.want)
			}
		})
	}
}

func TestShuffleWithinATier(t *testing.T) {
	first := make(map[string]bool)
	for range 100 {
		first[New(Config{Tiers: urls("a b c")}).Status()[0].URL] = true
	}
	if len(first) != 3 {
		t.Errorf("only %v come first", first)
	}
}
