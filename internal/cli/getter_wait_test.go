package cli

import (
	"testing"
	"time"

	"github.com/shoal-project/shoal/internal/session"
)

func TestStallWatch(t *testing.T) {
	w := newStallWatch(10 * time.Second)
	defer w.stop()
	now := w.moved
	for _, c := range []struct {
		after time.Duration
		st    session.Stats
		over  bool
	}{
		{9 * time.Second, session.Stats{State: session.StateMetadata}, false},
		{9 * time.Second, session.Stats{State: session.StateDownloading}, false}, // the metadata came
		{5 * time.Second, session.Stats{State: session.StateDownloading, Downloaded: 1}, false},
		{9 * time.Second, session.Stats{State: session.StateDownloading, Downloaded: 1}, false},
		{time.Hour, session.Stats{State: session.StateFinishing, Downloaded: 1}, false},
		{9 * time.Second, session.Stats{State: session.StateDownloading, Downloaded: 1}, false},
		{time.Hour, session.Stats{State: session.StateDownloading, Downloaded: 1, Blocked: true}, false}, // by the reader of a stream
		{9 * time.Second, session.Stats{State: session.StateDownloading, Downloaded: 1}, false},
		{2 * time.Second, session.Stats{State: session.StateDownloading, Downloaded: 1}, true},
	} {
		now = now.Add(c.after)
		if got := w.over(now, c.st); got != c.over {
			t.Errorf("%v later, %+v: %v", c.after, c.st, got)
		}
	}
	if w := newStallWatch(0); w.ticks != nil {
		t.Error("without a limit it ticks")
	}
}

func TestServing(t *testing.T) {
	began := time.Unix(1000, 0)
	s := serving{before: time.Hour, began: began, sent: began}
	st := session.Stats{Total: 100, Uploaded: 50, AllUploaded: 250, Peers: 3, SwarmSeeds: -1, SwarmLeechers: 4}
	v := s.values(began.Add(time.Minute), st)
	if v.Ratio != 2.5 || v.Uploaded != 250 || v.Time != time.Hour+time.Minute || v.Idle != 0 || v.Peers != 3 || v.Seeders != -1 || v.Leechers != 4 {
		t.Errorf("%+v", v)
	}
	if v = s.values(began.Add(2*time.Minute), st); v.Idle != time.Minute {
		t.Errorf("idle for %v", v.Idle)
	}
	for _, c := range []struct {
		policy seedPolicy
		want   bool
	}{
		{seedPolicy{}, false},
		{seedPolicy{ratio: 2.5}, true},
		{seedPolicy{ratio: 2.6}, false},
		{seedPolicy{ratio: 9, time: 3600}, true},
	} {
		if got := c.policy.reached(v); got != c.want {
			t.Errorf("%+v: %v", c.policy, got)
		}
	}
}
