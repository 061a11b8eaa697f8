package ui

import (
	"math/rand/v2"
	"testing"
	"time"
)

// run is a transfer that goes on by so many bytes a second in each second, looked at as bars do it.
func run(rates []int64, total int64, look func(at time.Duration, r Row)) {
	var p Pace
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	done := int64(0)
	for i := range rates {
		for tick := range 5 {
			at := time.Duration(i)*time.Second + time.Duration(tick)*barInterval
			look(at, p.Observe(now.Add(at), Row{Phase: Downloading, Done: done, Total: total, RateDown: rates[i]}))
			done += rates[i] / 5
		}
	}
}

func TestTimeLeftDoesNotJump(t *testing.T) {
	const total = 2_000_000_000
	rng := rand.New(rand.NewPCG(1, 2))
	var rates []int64
	for sum := int64(0); sum < total; sum += rates[len(rates)-1] {
		rates = append(rates, int64(rng.ExpFloat64()*10_000_000))
	}
	end := time.Duration(len(rates)) * time.Second
	last := time.Duration(0)
	run(rates, total, func(at time.Duration, r Row) {
		if at < settled {
			if r.ETA != 0 {
				t.Errorf("%v: %v left is said too soon", at, r.ETA)
			}
			return
		}
		if off := (r.ETA - (last - barInterval)).Abs(); last != 0 && at > 5*time.Second && off > max(time.Second, last/12) {
			t.Errorf("%v: %v left, after %v", at, r.ETA, last)
		}
		if rest := end - at; at > 20*time.Second && rest > 20*time.Second && (r.ETA < rest/2 || r.ETA > rest*2) {
			t.Errorf("%v: %v left, in truth %v", at, r.ETA, rest)
		}
		last = r.ETA
	})
}

func TestStalled(t *testing.T) {
	var rates []int64
	for i := range 90 {
		rate := int64(1_000_000)
		if i >= 30 && i < 60 {
			rate = 0
		}
		rates = append(rates, rate)
	}
	run(rates, 100_000_000, func(at time.Duration, r Row) {
		want := at >= 40*time.Second && at <= 60*time.Second
		if r.Stalled != want {
			t.Errorf("%v: stalled is %v", at, r.Stalled)
		}
		if r.Stalled && (r.ETA != 0 || r.RateDown != 0) || !r.Stalled && at > settled && at < 40*time.Second && r.ETA == 0 {
			t.Errorf("%v: stalled %v, %v left, %d bytes a second", at, r.Stalled, r.ETA, r.RateDown)
		}
		if rest := 130*time.Second - at; at > 65*time.Second && (r.ETA-rest).Abs() > 3*time.Second {
			t.Errorf("%v: %v left after it went on", at, r.ETA)
		}
	})
}

// The first word on the time left comes from the row, until something has moved.
func TestTimeLeftOfTheRow(t *testing.T) {
	var p Pace
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	r := Row{Phase: Downloading, Total: 100, ETA: time.Minute}
	p.Observe(now, r)
	if got := p.Observe(now.Add(3*time.Second), r).ETA; got < 50*time.Second || got > time.Minute {
		t.Errorf("%v left", got)
	}
	r.ETA = 1 << 62
	p = Pace{}
	p.Observe(now, r)
	if got := p.Observe(now.Add(3*time.Second), r).ETA; got != 0 {
		t.Errorf("%v left", got)
	}
}
