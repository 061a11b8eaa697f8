package webseed

import (
	"testing"
	"time"
)

func TestPlace(t *testing.T) {
	one := torrent(t, "a b.iso", 1<<14, file{"a b.iso", 5, false})
	many := torrent(t, "fold er", 1<<14, file{"sub/c+d;é.txt", 5, false})
	for _, c := range []struct{ base, one, many string }{
		{"http://h", "http://h/a%20b.iso", "http://h/fold%20er/sub/c%2Bd%3B%C3%A9.txt"},
		{"http://h/", "http://h/a%20b.iso", "http://h/fold%20er/sub/c%2Bd%3B%C3%A9.txt"},
		{"http://h/d/", "http://h/d/a%20b.iso", "http://h/d/fold%20er/sub/c%2Bd%3B%C3%A9.txt"},
		{"http://h/x.iso", "http://h/x.iso", "http://h/x.iso/fold%20er/sub/c%2Bd%3B%C3%A9.txt"},
		{"https://u:p@h:8/a%2Fb/?k=v#f", "https://u:p@h:8/a%2Fb/a%20b.iso?k=v", "https://u:p@h:8/a%2Fb/fold%20er/sub/c%2Bd%3B%C3%A9.txt?k=v"},
		{"http://[::1]/d d", "http://[::1]/d%20d", "http://[::1]/d%20d/fold%20er/sub/c%2Bd%3B%C3%A9.txt"},
	} {
		u, err := parse(c.base)
		if err != nil {
			t.Fatal(err)
		}
		if got := place(u, one, 0).String(); got != c.one {
			t.Errorf("%s: one file: %s, not %s", c.base, got, c.one)
		}
		if got := place(u, many, 0).String(); got != c.many {
			t.Errorf("%s: several: %s, not %s", c.base, got, c.many)
		}
	}
	for _, bad := range []string{"", "x", "ftp://h/", "http:///x", "http://h:x/", "http://%zz"} {
		if _, err := parse(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for s, want := range map[string]time.Duration{
		"": 0, "0": 0, "30": 30 * time.Second, "-1": 0, "3601": time.Hour, "99999999999999999999": 0, "1.5": 0,
		"Fri, 02 Jan 2026 03:05:05 GMT": time.Minute, "Fri, 02 Jan 2026 03:03:05 GMT": 0, "Fri, 02 Jan 2099 03:03:05 GMT": time.Hour,
	} {
		if got := retryAfter(s, now); got != want {
			t.Errorf("%q: %v, not %v", s, got, want)
		}
	}
}
